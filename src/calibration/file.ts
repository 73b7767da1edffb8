import { open, readFile, rename } from 'node:fs/promises';
import type { Bucket, Calibration } from '../types.js';

/** How the calibration came about, for whoever reads the contract. */
export interface Origin {
  readonly command: string;
  readonly photographs: number;
  readonly replicates: number;
  readonly seed: number;
}

/** Puts the calibration into a contract, and leaves all else in it as it is. Written beside it and renamed, so that a half-written contract is never read. */
export async function writeCalibration(path: string, { buckets, ...head }: Calibration, made: Origin): Promise<void> {
  const contract = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  const calibration = { ...head, made, buckets: buckets.map(rowsOf) };
  const file = await open(`${path}.new`, 'w');
  try {
    await file.writeFile(`${onLines(JSON.stringify({ ...contract, calibration }, null, 2))}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

function rowsOf({ thresholds, ...bucket }: Bucket): object {
  return { ...bucket, thresholds: thresholds.map(({ fmr, low, point, high }) => [fmr, low, point, high]) };
}

/** Short lists of numbers stand on one line each. */
const onLines = (json: string): string => json.replace(/\[\s+(-?[\d.e+-]+(?:,\s+-?[\d.e+-]+)*)\s+\]/g, (_, numbers: string) => `[${numbers.replace(/\s+/g, ' ')}]`);
