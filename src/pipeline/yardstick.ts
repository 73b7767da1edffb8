import { cohortShift } from '../calibration/cohort.js';
import { yardstick } from '../calibration/yardstick.js';
import type { EmbedderContract } from '../runtime/contract.js';
import { thresholdFor } from '../runtime/thresholds.js';
import type { Vision } from '../types.js';

type Measured = Pick<EmbedderContract, 'calibration' | 'thresholds'>;

/**
 * What the network's contract says of similarities: by its calibration, or where it has none by the threshold of its table, whatever the size of the
 * gallery, without margin and probability.
 */
export function yardstickOf({ calibration, thresholds }: Measured): Vision['yardstick'] {
  if (calibration !== undefined) return (asked) => yardstick(calibration, asked);
  return ({ visibility }) => ({ threshold: thresholdFor(thresholds, visibility), margin: 0, probabilities: () => undefined });
}

/** The threshold of the contract's table, for one comparison. */
export function thresholdOf({ calibration, thresholds }: Measured): Vision['threshold'] {
  return (visibility, ...faces) => {
    const shift = faces.reduce((sum, face) => sum + cohortShift(calibration?.cohort, face), 0) / Math.max(1, faces.length);
    return Math.min(1, thresholdFor(thresholds, visibility) + shift);
  };
}
