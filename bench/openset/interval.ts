import { generator } from '../../src/calibration/random.js';

/** What happened to one person's searches. */
export interface Count {
  readonly hits: number;
  readonly searches: number;
}

const DRAWS = 1000;

/**
 * The share of hits and its 95 % interval. Searches of one person hang together, so people are drawn anew, not searches. Without a hit there is nothing to draw: then
 * the upper end is the exact one for as many trials as there are people (0.025 = (1 − share)^people).
 */
export function shareOf(counts: readonly Count[], seed = 1): { readonly share: number; readonly low: number; readonly high: number } {
  const whole = ratio(counts);
  if (whole === 0) return { share: 0, low: 0, high: 1 - 0.025 ** (1 / Math.max(1, counts.length)) };
  const random = generator(seed);
  const draws = Array.from({ length: DRAWS }, () => ratio(counts.map(() => counts[Math.floor(random() * counts.length)] as Count))).sort((a, b) => a - b);
  return { share: whole, low: draws[Math.floor(0.025 * DRAWS)] ?? 0, high: draws[Math.floor(0.975 * DRAWS)] ?? 1 };
}

function ratio(counts: readonly Count[]): number {
  const searches = counts.reduce((sum, count) => sum + count.searches, 0);
  return searches === 0 ? 0 : counts.reduce((sum, { hits }) => sum + hits, 0) / searches;
}
