import type { Landmark, Landmarks } from '../types.js';
import { iou } from './boxes.js';
import type { Candidate } from './maps.js';

/** Cells whose boxes overlap more than this saw the same face. */
const SAME = 0.6;
/** Of those the ones count whose score is at least this share of the best one's. */
const NEARLY = 0.7;

/**
 * The face with each landmark at the mean, weighted by score, of the places that all cells which saw it give: one cell alone is less exact.
 * `candidates` are the faces before suppression, `face` among them. Box, score and visibilities stay the best cell's.
 */
export function agreed(face: Candidate, candidates: readonly Candidate[]): Candidate {
  const voters = candidates.filter((other) => other.score >= NEARLY * face.score && iou(other.box, face.box) > SAME);
  const total = voters.reduce((sum, { score }) => sum + score, 0);
  const mean = (of: (voter: Candidate) => number): number => voters.reduce((sum, voter) => sum + (voter.score / total) * of(voter), 0);
  const place = (own: Landmark, i: number): Landmark => ({
    x: mean(({ landmarks }) => landmarks[i]?.x ?? own.x),
    y: mean(({ landmarks }) => landmarks[i]?.y ?? own.y),
    visibility: own.visibility,
  });
  return { ...face, landmarks: face.landmarks.map(place) as unknown as Landmarks };
}
