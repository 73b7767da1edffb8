import type { EmbedderContract } from './contract.js';

const RATE = '1e-5';

/**
 * The similarity from which two faces count as one person at a false match rate of 1e-5, for a face of which this share (0 to 1) can be
 * seen: the threshold measured on faces that show as much, else the one measured on whole faces.
 */
export function thresholdFor({ whole, byVisibility }: EmbedderContract['thresholds'], visibility: number): number {
  const range = byVisibility.find(({ min, max }) => visibility >= min && (visibility < max || max === 1));
  const threshold = range?.fmr[RATE] ?? whole[RATE];
  if (threshold === undefined) throw new Error(`the contract has no threshold at FMR ${RATE}`);
  return threshold;
}
