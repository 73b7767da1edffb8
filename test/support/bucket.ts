import type { Bucket } from '../../src/types.js';

/** What a contract may know of a range of visibility: two rates, little else. */
export const bucket = (min: number, max: number): Bucket => ({
  min, max, people: 40, impostorPairs: 20_000, genuinePairs: 80, tail: { from: 0.2, rate: 0.02, shape: -0.1, scale: 0.05 },
  thresholds: [{ fmr: 0.01, low: 0.2, point: 0.25, high: 0.3 }, { fmr: 1e-7, low: 0.5, point: 0.55, high: 0.6 }], odds: [[0, -1], [0.5, 2.5]],
});

/** How it came about. */
export const MADE = { command: 'a test', of: 'nobody', photographs: 80, replicates: 10, seed: 1 };
