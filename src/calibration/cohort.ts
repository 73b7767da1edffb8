import { cosine, unit } from '../cosine.js';
import type { Cohort } from '../types.js';
import { generator } from './random.js';

const ROUNDS = 15;
const SEED = 1;

/** Of how many mean faces a cohort is, how many of them count, and for how much. Tried on the held-out people (decision 20). */
export const COHORT = { groups: 128, nearest: 4, weight: 0.5 };

/** How alike a face, of unit length, is to the mean faces nearest to it. -1 to 1, higher for a face that many others resemble. */
export function cohortScore({ means, nearest }: Pick<Cohort, 'means' | 'nearest'>, face: Float32Array): number {
  const best = new Float64Array(nearest).fill(-1); // rises
  for (const mean of means) {
    const similarity = cosine(mean, face);
    let place = 0;
    if (similarity <= (best[0] as number)) continue;
    for (; place + 1 < nearest && similarity > (best[place + 1] as number); place++) best[place] = best[place + 1] as number;
    best[place] = similarity;
  }
  return best.reduce((sum, similarity) => sum + similarity, 0) / nearest;
}

/**
 * By how much the bar of this probe lies above that of a typical face: whoever many resemble meets more strangers who are alike. The mean of adaptive score
 * normalisation by a cohort that is chosen by the probe (AT-norm: Sturim and Reynolds, ICASSP 2005), without its variance.
 */
export function cohortShift(cohort: Cohort | undefined, probe: Float32Array): number {
  return cohort === undefined ? 0 : cohort.weight * (cohortScore(cohort, probe) - cohort.typical);
}

/**
 * A cohort of mean faces of groups of people who look alike (spherical k-means), one face of unit length of each person. No single person can be read off it where
 * groups are large: there should be many more faces than groups. What is typical is told by faces of other people, who are less alike to these means.
 */
export function makeCohort(faces: readonly Float32Array[], others: readonly Float32Array[], { groups, nearest, weight } = COHORT): Cohort {
  const random = generator(SEED);
  const shuffled = faces.map((face) => ({ face, key: random() })).sort((a, b) => a.key - b.key).map(({ face }) => face);
  let means = shuffled.slice(0, groups);
  for (let round = 0; round < ROUNDS; round++) {
    const sums = means.map((mean) => new Float64Array(mean.length));
    for (const face of faces) {
      const sum = sums[mostAlike(means, face)] as Float64Array;
      face.forEach((value, i) => (sum[i] = (sum[i] as number) + value));
    }
    means = sums.map((sum, group) => (sum.some((value) => value !== 0) ? unit(Float32Array.from(sum)) : (means[group] as Float32Array))); // a group that nobody is in stays where it is
  }
  const typical = others.reduce((sum, face) => sum + cohortScore({ means, nearest }, face), 0) / others.length;
  return { means, nearest, weight, typical: Number(typical.toFixed(4)) };
}

/** The place of the mean that is most like a face. */
export function mostAlike(means: readonly Float32Array[], face: Float32Array): number {
  let [best, most] = [0, -Infinity];
  means.forEach((mean, group) => {
    const similarity = cosine(mean, face);
    if (similarity > most) [best, most] = [group, similarity];
  });
  return best;
}
