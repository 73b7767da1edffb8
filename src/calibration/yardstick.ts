import type { Asked, Bucket, Calibration, Yardstick } from '../types.js';
import { cohortShift } from './cohort.js';

/** Somebody who stands out only so much from the next is told apart from them no better than one in so many. */
const RARER = 10;
const CERTAIN = 1 - 1e-9;
/** Of a face of which less than this is seen, the similarities say more of what covers it than of the face, and covers differ from those that were measured. */
const LITTLE = 0.25;

/**
 * A stranger is compared with every face of the gallery, and each comparison may go wrong at the false match rate. So that a search goes wrong no more often than
 * `fpir`, the rate has to be `fpir` divided by the faces (Boole's bound, which holds however the comparisons depend on each other), and by the caution. The threshold is the upper end
 * of the interval that the tail's fit leaves for that rate; where little of the face is seen, no less than in the range in which more is seen. All of it is shifted
 * by how many people look like the probe.
 */
export function yardstick(calibration: Calibration, { probe, visibility, reach, fpir }: Asked): Yardstick {
  const shift = cohortShift(calibration.cohort, probe);
  const bucket = bucketFor(calibration, visibility);
  const rate = fpir / Math.max(1, reach.faces) / (calibration.caution ?? 1);
  const ranges = bucket.max <= LITTLE ? [bucket, bucketFor(calibration, bucket.max)] : [bucket];
  const at = (rate: number): number => Math.min(1, shift + Math.max(...ranges.map((range) => thresholdAt(range, rate))));
  const threshold = at(rate);
  return {
    threshold,
    margin: Math.max(0, at(rate / RARER) - threshold),
    probabilities: (similarities) => (bucket.odds.length === 0 ? undefined : posterior(bucket, calibration.prior, reach, similarities.map((similarity) => similarity - shift))),
  };
}

export function bucketFor({ buckets }: Calibration, visibility: number): Bucket {
  const found = buckets.find(({ min, max }) => visibility >= min && (visibility < max || max === 1));
  if (found === undefined) throw new RangeError(`no bucket for a visibility of ${visibility}`);
  return found;
}

/** The upper end for any rate: straight between the rates that were measured, in the logarithm; the first and the last beyond them. */
export function thresholdAt({ thresholds }: Bucket, rate: number): number {
  return Math.min(1, between(thresholds.map(({ fmr, high }) => [-Math.log10(fmr), high]), -Math.log10(rate)));
}

/**
 * Bayes: beforehand the probe is enrolled with the prior probability, as any of the identities alike. A similarity s speaks for its identity by the likelihood
 * ratio of one person to two strangers; where an identity has several faces its best counts, which a stranger reaches as many times more often.
 * Whoever is not among the best speaks neither for nor against.
 */
function posterior(bucket: Bucket, prior: number, { identities, faces }: Asked['reach'], similarities: readonly number[]): number[] {
  const people = Math.max(identities, similarities.length, 1);
  const ratios = similarities.map((similarity) => 10 ** between(bucket.odds, similarity) / Math.max(1, faces / people));
  const each = prior / people;
  const rest = 1 - prior + each * (people - similarities.length);
  const whole = rest + each * ratios.reduce((sum, ratio) => sum + ratio, 0);
  return ratios.map((ratio) => Math.min(CERTAIN, (each * ratio) / whole));
}

/** Straight lines through points whose first numbers rise; level beyond both ends. */
export function between(points: readonly (readonly [number, number])[], x: number): number {
  const next = points.findIndex(([at]) => at >= x);
  const [last, first] = [points.at(-1), points[0]];
  if (last === undefined || first === undefined) throw new RangeError('no points to read between');
  if (next === -1) return last[1];
  const [after, before] = [points[next] ?? last, points[next - 1] ?? first];
  if (next === 0 || after[0] === before[0]) return after[1];
  return before[1] + ((x - before[0]) / (after[0] - before[0])) * (after[1] - before[1]);
}
