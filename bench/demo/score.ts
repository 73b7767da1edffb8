import type { Face } from '../../src/client/index.js';
import type { FilmedFace, FilmedFrame } from './film.js';
import { iou } from './geometry.js';

/**
 * What became of one face of the truth, or of a detection that is none (`truth` absent).
 * `right`: the enrolled person by name; `kept`: a stranger called unknown (or too hidden to say); `missed`: an enrolled person who was
 * not named, though seen; `unseen`: not detected; `wrong`: anybody called by a name that is not theirs.
 */
export type Verdict = 'right' | 'kept' | 'missed' | 'unseen' | 'wrong';

export interface ScoredFace {
  readonly truth?: FilmedFace;
  readonly face?: Face;
  readonly verdict: Verdict;
}

/** `enrolled` maps identity ids to persons; whoever is not in it is a stranger, also if the truth has a number for them. */
export function scoreFrame({ faces: truths }: FilmedFrame, faces: readonly Face[], enrolled: ReadonlyMap<string, number>): ScoredFace[] {
  const { pairs, left } = assign(truths, faces);
  const known = new Set(enrolled.values());
  const scored = truths.map((truth): ScoredFace => {
    const face = pairs.get(truth);
    const stranger = truth.person === undefined || !known.has(truth.person);
    if (face === undefined) return { truth, verdict: 'unseen' };
    const named = nameOf(face, enrolled);
    if (named === undefined) return { truth, face, verdict: stranger ? 'kept' : 'missed' };
    return { truth, face, verdict: named === truth.person ? 'right' : 'wrong' };
  });
  const ghosts = left.filter((face) => nameOf(face, enrolled) !== undefined);
  return [...scored, ...ghosts.map((face): ScoredFace => ({ face, verdict: 'wrong' }))];
}

/** The person that the service named; NaN for an identity that is not ours, which equals nobody. */
function nameOf({ decision, matches }: Face, enrolled: ReadonlyMap<string, number>): number | undefined {
  return decision?.kind === 'KNOWN' ? (enrolled.get(matches[0]?.identityId ?? '') ?? NaN) : undefined;
}

/** Boxes that overlap too little are not the same face; a hidden face may be boxed tighter or looser than the truth. */
const SAME_FACE = 0.2;

function assign(truths: readonly FilmedFace[], faces: readonly Face[]): { pairs: Map<FilmedFace, Face>; left: Face[] } {
  const candidates = truths
    .flatMap((truth) => faces.map((face) => ({ truth, face, overlap: face.box === null ? 0 : iou(truth.box, face.box) })))
    .filter(({ overlap }) => overlap >= SAME_FACE)
    .sort((a, b) => b.overlap - a.overlap);
  const pairs = new Map<FilmedFace, Face>();
  const taken = new Set<Face>();
  for (const { truth, face } of candidates) {
    if (pairs.has(truth) || taken.has(face)) continue;
    pairs.set(truth, face);
    taken.add(face);
  }
  return { pairs, left: faces.filter((face) => !taken.has(face)) };
}
