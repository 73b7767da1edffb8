/** Figures of verification and identification. Scores are similarities: higher means more alike. */

export interface Comparison {
  readonly score: number;
  readonly same: boolean;
  readonly fold: number;
}

/**
 * Mean over the folds of the share of comparisons that the threshold calls right, the threshold being the best one on all other
 * folds. A single fold is dealt into ten first.
 */
export function foldAccuracy(comparisons: readonly Comparison[]): number {
  const folds = [...new Set(comparisons.map(({ fold }) => fold))];
  if (folds.length === 1) return foldAccuracy(dealt(comparisons, 10));
  return mean(
    folds.map((fold) => {
      const threshold = bestThreshold(comparisons.filter((c) => c.fold !== fold));
      return accuracyAt(threshold, comparisons.filter((c) => c.fold === fold));
    }),
  );
}

/** Same and different pairs are dealt apart, so that every part has its share of both. */
function dealt(comparisons: readonly Comparison[], parts: number): Comparison[] {
  return [true, false].flatMap((same) => comparisons.filter((c) => c.same === same).map((c, i) => ({ ...c, fold: i % parts })));
}

/** The threshold that calls most comparisons right; midway between two scores, the lowest of several. */
export function bestThreshold(comparisons: readonly Comparison[]): number {
  const sorted = comparisons.toSorted((a, b) => a.score - b.score);
  // Below every score: all are called same.
  let right = sorted.filter(({ same }) => same).length;
  let best = { right, threshold: (sorted[0]?.score ?? 0) - 1 };
  sorted.forEach((comparison, i) => {
    right += comparison.same ? -1 : 1;
    const next = sorted[i + 1]?.score ?? comparison.score + 1;
    if (right > best.right && next > comparison.score) best = { right, threshold: (comparison.score + next) / 2 };
  });
  return best.threshold;
}

export function accuracyAt(threshold: number, comparisons: readonly Comparison[]): number {
  return comparisons.filter(({ score, same }) => score >= threshold === same).length / comparisons.length;
}

/** Share of same pairs accepted at the lowest threshold that accepts at most `far` of the different ones. */
export function tarAtFar(comparisons: readonly Comparison[], far: number): number {
  const different = comparisons.filter(({ same }) => !same).map(({ score }) => score);
  const same = comparisons.filter((c) => c.same);
  const threshold = thresholdAt(different, far);
  return same.filter(({ score }) => score > threshold).length / same.length;
}

/** The lowest score that at most `share` of the scores exceed. */
export function thresholdAt(scores: readonly number[], share: number): number {
  const sorted = scores.toSorted((a, b) => b - a);
  return sorted[Math.floor(share * sorted.length)] ?? -Infinity;
}

/** What a search gave for one probe: the best score in the gallery, and whether it belongs to the probe's own identity. */
export interface Search {
  readonly score: number;
  readonly right: boolean;
}

export interface Identification {
  /** Share of the probes of enrolled people whose best match is themselves. */
  readonly rank1: number;
  /** The same, and above the threshold that lets `fpir` of the strangers through. */
  readonly tpir: number;
}

export function identification(enrolled: readonly Search[], strangers: readonly Search[], fpir: number): Identification {
  const threshold = thresholdAt(strangers.map(({ score }) => score), fpir);
  const right = enrolled.filter((search) => search.right);
  return { rank1: right.length / enrolled.length, tpir: right.filter(({ score }) => score > threshold).length / enrolled.length };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
