import assert from 'node:assert/strict';
import { falseMatches } from '../../bench/openset/children.js';
import type { Sample } from '../../src/calibration/fit.js';
import type { Calibration } from '../../src/types.js';
import { bucket } from '../support/bucket.js';

/** A face at this angle, in degrees: the cosine of two is that of what lies between. */
const at = (person: number, photograph: number, degrees: number, whole = true): Sample =>
  ({ person, photograph, visibility: 1, whole, embedding: Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)) });

/** Promised 1e-3 at a similarity of 0.8, and 1e-4 at 0.95. */
const calibration: Calibration = {
  embedder: 'e', detector: 'd', prior: 0.5,
  buckets: [{ ...bucket(0, 1), thresholds: [{ fmr: 1e-3, low: 0.8, point: 0.8, high: 0.8 }, { fmr: 1e-4, low: 0.95, point: 0.95, high: 0.95 }] }],
};

describe('false matches by who they are of', () => {
  // Children at 0 and 10 degrees, adults at 90 and 120, one of whom has a second photograph, with something before the face, 20 degrees off.
  const samples = [at(0, 0, 0), at(1, 1, 10), at(2, 2, 90), at(3, 3, 120), at(3, 4, 100, false)];
  const isChild = (photograph: number): boolean => photograph < 2;

  it('are shares of the pairs of two children, of two adults, and of all strangers, and of one person beside', () => {
    const [loose, strict] = falseMatches(samples, { isChild, related: () => false, calibration });
    assert.deepEqual([loose?.promised, strict?.promised], [1e-3, 1e-4]);
    assert.deepEqual([loose?.children, strict?.children], [1, 1], 'ten degrees are a cosine of 0.985');
    // 90 with 120 both ways (0.866), and the covered one at 100 with 90 (0.985).
    assert.deepEqual([loose?.adults, strict?.adults], [1, 1 / 3]);
    assert.deepEqual([loose?.all, strict?.all], [5 / 15, 3 / 15]);
    assert.deepEqual([loose?.genuine, strict?.genuine], [1, 0], 'twenty degrees are a cosine of 0.940');
  });

  it('leave out whoever is related', () => {
    const [loose] = falseMatches(samples, { isChild, related: (a, b) => a + b === 5, calibration });
    assert.equal(loose?.all, 2 / 12);
  });
});
