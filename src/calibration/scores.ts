import { cosine } from '../cosine.js';
import type { Cohort } from '../types.js';
import { cohortShift } from './cohort.js';

/** A face as production saw it. People are told apart by their number. */
export interface Face {
  readonly person: number;
  /** Two faces of one photograph are never compared. */
  readonly photograph: number;
  readonly embedding: Float32Array;
}

export interface Scores {
  /** Similarities of strangers, and who they are. */
  readonly impostors: Float32Array;
  readonly probes: Uint32Array;
  readonly enrolled: Uint32Array;
  /** Similarities of two photographs of one person, and who that is. */
  readonly genuine: readonly { readonly similarity: number; readonly person: number }[];
}

export interface Comparing {
  /** People who are neither one person nor strangers. */
  readonly related: (a: number, b: number) => boolean;
  /** Similarities are told as a typical face would have them. */
  readonly cohort?: Cohort | undefined;
}

/** Every probe with every enrolled face. */
export function compare(probes: readonly Face[], enrolled: readonly Face[], { related, cohort }: Comparing): Scores {
  const most = probes.length * enrolled.length;
  const [impostors, first, second] = [new Float32Array(most), new Uint32Array(most), new Uint32Array(most)];
  const genuine: { similarity: number; person: number }[] = [];
  let count = 0;
  for (const probe of probes) {
    const shift = cohortShift(cohort, probe.embedding);
    for (const face of enrolled) {
      if (probe.photograph === face.photograph) continue;
      const same = probe.person === face.person;
      if (!same && related(probe.person, face.person)) continue;
      const similarity = cosine(probe.embedding, face.embedding) - shift;
      if (same) {
        genuine.push({ similarity, person: probe.person });
        continue;
      }
      impostors[count] = similarity;
      first[count] = probe.person;
      second[count] = face.person;
      count += 1;
    }
  }
  return { impostors: impostors.subarray(0, count), probes: first.subarray(0, count), enrolled: second.subarray(0, count), genuine };
}
