/** How often two strangers are taken for one person by a bar that promises a rate, among children, among adults, and over all. */
import type { Sample } from '../../src/calibration/fit.js';
import { bucketFor, yardstick } from '../../src/calibration/yardstick.js';
import { cosine } from '../../src/cosine.js';
import type { Calibration } from '../../src/types.js';

export const PROMISED = [1e-3, 1e-4] as const;

export interface FalseMatches {
  readonly seen: string;
  readonly promised: number;
  readonly children: number;
  readonly adults: number;
  /** Pairs of a child and an adult too. */
  readonly all: number;
  /** Of one person's pairs, those that are told. */
  readonly genuine: number;
}

/** Of samples that `isChild` or not; `related` people are left out. One search each in a gallery of one face. */
export function falseMatches(samples: readonly Sample[], { isChild, related, calibration }: { isChild: (photograph: number) => boolean; related: (a: number, b: number) => boolean; calibration: Calibration }): FalseMatches[] {
  const enrolled = samples.filter(({ whole }) => whole);
  const counts = new Map<string, Count>();
  const count = (kind: string, reaches: boolean): void => {
    const found = counts.get(kind) ?? { pairs: 0, reached: 0 };
    counts.set(kind, { pairs: found.pairs + 1, reached: found.reached + Number(reaches) });
  };
  for (const probe of samples) {
    const { min, max } = bucketFor(calibration, probe.visibility);
    const bars = PROMISED.map((fpir) => yardstick(calibration, { probe: probe.embedding, visibility: probe.visibility, reach: { identities: 1, faces: 1 }, fpir }).threshold);
    for (const face of enrolled) {
      if (face.photograph === probe.photograph) continue;
      const same = face.person === probe.person;
      if (!same && related(face.person, probe.person)) continue;
      const similarity = cosine(probe.embedding, face.embedding);
      const children = Number(isChild(probe.photograph)) + Number(isChild(face.photograph));
      bars.forEach((bar, i) => {
        const key = `${min} to ${max},${PROMISED[i] ?? 0}`;
        if (!same && children !== 1) count(`${key},${children === 2 ? 'children' : 'adults'}`, similarity >= bar);
        count(`${key},${same ? 'genuine' : 'all'}`, similarity >= bar);
      });
    }
  }
  const share = (key: string): number => (counts.get(key)?.reached ?? 0) / (counts.get(key)?.pairs ?? 0);
  return calibration.buckets.flatMap(({ min, max }) => PROMISED.map((promised) => {
    const key = `${min} to ${max},${promised}`;
    return { seen: `${min} to ${max}`, promised, children: share(`${key},children`), adults: share(`${key},adults`), all: share(`${key},all`), genuine: share(`${key},genuine`) };
  }));
}

interface Count {
  readonly pairs: number;
  readonly reached: number;
}
