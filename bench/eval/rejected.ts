import { cosine } from '../../src/cosine.js';
import { outweighs } from '../../src/gallery/rejections.js';

/** One person's embeddings; the first is enrolled. */
export type Faces = readonly Float32Array[];

export interface AfterRejection {
  /** Pairs of a person and a stranger of whom one face was taken for the person, and was rejected. */
  readonly rejections: number;
  /** The stranger's other faces that are taken for the person, over all pairs. */
  readonly stranger: { readonly before: number; readonly after: number };
  /** The person's own further faces that are recognised, over the persons for whom a face was rejected, with all of their rejections. */
  readonly own: { readonly before: number; readonly after: number };
}

export function afterRejection(people: readonly Faces[], threshold: number, margin: number): AfterRejection {
  const count = { rejections: 0, stranger: { before: 0, after: 0 }, own: { before: 0, after: 0 } };
  for (const [enrolled, ...others] of people) {
    if (enrolled === undefined) continue;
    const named = (face: Float32Array): boolean => cosine(face, enrolled) >= threshold;
    const allowed = (face: Float32Array, rejected: readonly Float32Array[]): boolean =>
      rejected.every((wrong) => outweighs(cosine(face, enrolled), cosine(face, wrong), margin));
    const rejected: Float32Array[] = [];
    for (const stranger of people) {
      const wrong = stranger[0] === enrolled ? undefined : stranger.find(named);
      if (wrong === undefined) continue;
      rejected.push(wrong);
      const more = stranger.filter((face) => face !== wrong && named(face));
      count.rejections += 1;
      count.stranger.before += more.length;
      count.stranger.after += more.filter((face) => allowed(face, [wrong])).length;
    }
    if (rejected.length === 0) continue;
    const own = others.filter(named);
    count.own.before += own.length;
    count.own.after += own.filter((face) => allowed(face, rejected)).length;
  }
  return count;
}
