import { yardstick } from '../calibration/yardstick.js';
import type { EmbedderContract } from '../runtime/contract.js';
import { thresholdFor } from '../runtime/thresholds.js';
import type { Vision } from '../types.js';

/**
 * What the network's contract says of similarities: by its calibration, or where it has none by the threshold of its table, whatever the size of the
 * gallery, without margin and probability.
 */
export function yardstickOf({ calibration, thresholds }: Pick<EmbedderContract, 'calibration' | 'thresholds'>): Vision['yardstick'] {
  if (calibration !== undefined) return (asked) => yardstick(calibration, asked);
  return ({ visibility }) => ({ threshold: thresholdFor(thresholds, visibility), margin: 0, probabilities: () => undefined });
}
