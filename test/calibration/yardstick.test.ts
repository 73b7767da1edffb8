import assert from 'node:assert/strict';
import { thresholdAt, yardstick } from '../../src/calibration/yardstick.js';
import type { Bucket, Calibration } from '../../src/types.js';

/** Each decade less of false matches costs 0.1, and the upper end lies 0.01 above. A similarity of 0.5 speaks for one person by 10^3. */
const bucket = (min: number, max: number, shift: number): Bucket => ({
  min, max, people: 100, impostorPairs: 10_000, genuinePairs: 100, tail: { from: 0.2, rate: 0.02, shape: 0, scale: 0.04 },
  thresholds: [2, 3, 4, 5, 6].map((k) => ({ fmr: 10 ** -k, low: 0.09 + 0.1 * k + shift, point: 0.1 * k + shift, high: 0.1 * k + 0.01 + shift })),
  odds: [[0, -2], [0.5, 3], [0.9, 7]],
});
const CALIBRATION: Calibration = { embedder: 'e', detector: 'd', prior: 0.5, buckets: [bucket(0, 0.5, -0.1), bucket(0.5, 1, 0)] };

const PROBE = Float32Array.of(1, 0, 0, 0);

const near = (found: number | undefined, wanted: number): void => assert.ok(Math.abs((found ?? NaN) - wanted) < 1e-9, `${found} is not ${wanted}`);

const one = (faces: number, fpir = 1e-3, visibility = 1) => yardstick(CALIBRATION, { probe: PROBE, visibility, fpir, reach: { identities: faces, faces } });

describe('a yardstick', () => {
  it('takes the upper end of the threshold whose false match rate is the false alarms accepted, divided by the faces searched', () => {
    near(one(1).threshold, 0.31);
    near(one(10).threshold, 0.41);
    near(one(1000).threshold, 0.61);
    near(one(100, 1e-2).threshold, 0.41);
    near(one(10 ** 0.5).threshold, 0.36);
  });

  it('asks for more as the gallery grows, and never for more than 1', () => {
    const thresholds = [0, 1, 5, 40, 600, 9_000].map((faces) => one(faces).threshold);
    assert.deepEqual(thresholds, [...thresholds].sort((a, b) => a - b));
    assert.ok(thresholdAt({ ...bucket(0, 1, 0), thresholds: [{ fmr: 1e-2, low: 1, point: 1, high: 1.2 }] }, 1e-3) === 1);
  });

  it('is so many times stricter as it is told to be cautious', () => {
    near(yardstick({ ...CALIBRATION, caution: 10 }, { probe: PROBE, visibility: 1, fpir: 1e-3, reach: { identities: 10, faces: 10 } }).threshold, 0.51);
  });

  it('stays at the loosest and the strictest rate that were measured', () => {
    near(one(1, 0.5).threshold, 0.21);
    near(one(1e9).threshold, 0.61);
  });

  it('goes by how much of the face can be seen', () => {
    near(one(10, 1e-3, 0.49).threshold, 0.31);
    near(one(10, 1e-3, 0.5).threshold, 0.41);
  });

  it('never asks for less of a face that is hardly seen than of one of which more is', () => {
    const calibration = { ...CALIBRATION, buckets: [bucket(0, 0.25, -0.2), bucket(0.25, 0.5, -0.1), bucket(0.5, 1, 0)] };
    const at = (visibility: number): number => yardstick(calibration, { probe: PROBE, visibility, fpir: 1e-3, reach: { identities: 10, faces: 10 } }).threshold;
    near(at(0.1), 0.31);
    near(at(0.3), 0.31);
    const strict = { ...CALIBRATION, buckets: [bucket(0, 0.25, 0.2), bucket(0.25, 1, 0)] };
    near(yardstick(strict, { probe: PROBE, visibility: 0.1, fpir: 1e-3, reach: { identities: 10, faces: 10 } }).threshold, 0.61);
  });

  it('tells people apart who differ by what makes a stranger ten times as rare', () => {
    near(one(10).margin, 0.1);
  });

  it('gives the probability by Bayes from the prior, the size of the gallery and everybody who is near', () => {
    // One of 10 people by a ratio of 10^3: 0.05 · 1000 against 0.5 for a stranger and 9 · 0.05 for the others.
    near(one(10).probabilities([0.5])?.[0], 50 / (50 + 0.5 + 0.45));
    const [first = 0, second = 0] = one(10).probabilities([0.5, 0.5]) ?? [];
    near(first, 50 / (100 + 0.5 + 0.4));
    near(second, first);
  });

  it('halves the weight of a similarity that is the best of two faces', () => {
    near(yardstick(CALIBRATION, { probe: PROBE, visibility: 1, fpir: 1e-3, reach: { identities: 10, faces: 20 } }).probabilities([0.5])?.[0], 25 / (25 + 0.5 + 0.45));
  });

  it('knows no probability where the contract has none', () => {
    const bare = { ...CALIBRATION, buckets: [{ ...bucket(0, 1, 0), odds: [] }] };
    assert.equal(yardstick(bare, { probe: PROBE, visibility: 1, fpir: 1e-3, reach: { identities: 1, faces: 1 } }).probabilities([0.5]), undefined);
  });
});
