import assert from 'node:assert/strict';
import { thresholdOf, yardstickOf } from '../../src/pipeline/yardstick.js';
import type { Calibration } from '../../src/types.js';
import { bucket } from '../support/bucket.js';

const FACE = Float32Array.of(1, 0);
const OTHER = Float32Array.of(0, 1);
const thresholds = { whole: { '1e-5': 0.5 }, byVisibility: [{ min: 0, max: 0.5, fmr: { '1e-5': 0.4 } }] };
/** FACE is as the cohort's only mean, which shifts its bar by a tenth; OTHER is nothing like it. */
const calibration: Calibration = {
  embedder: 'e', detector: 'd', prior: 0.5, buckets: [bucket(0, 1)], cohort: { means: [FACE], nearest: 1, typical: 0, weight: 0.1 },
};

describe('the threshold of one comparison', () => {
  const near = (found: number, wanted: number): void => assert.ok(Math.abs(found - wanted) < 1e-9, `${found} is not ${wanted}`);

  it('is that of the contract’s table, by what can be seen', () => {
    near(thresholdOf({ thresholds })(1), 0.5);
    near(thresholdOf({ thresholds })(0.2, FACE), 0.4);
  });

  it('is shifted by how many people look like those who are compared, on average', () => {
    const threshold = thresholdOf({ thresholds, calibration });
    near(threshold(1), 0.5);
    near(threshold(1, FACE), 0.6);
    near(threshold(1, FACE, OTHER), 0.55);
    near(threshold(1, OTHER, OTHER), 0.5);
    near(thresholdOf({ thresholds: { ...thresholds, whole: { '1e-5': 0.95 } }, calibration })(1, FACE), 1);
  });

  it('stands in for a search where the contract has no calibration', () => {
    near(yardstickOf({ thresholds })({ probe: FACE, visibility: 0.2, reach: { identities: 9, faces: 9 }, fpir: 0.1 }).threshold, 0.4);
  });
});
