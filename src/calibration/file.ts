import { open, readFile, rename } from 'node:fs/promises';
import type { Bucket, Calibration, Cohort } from '../types.js';

/** How the calibration came about, for whoever reads the contract. */
export interface Origin {
  readonly command: string;
  /** Whom it was measured on. */
  readonly of: string;
  readonly photographs: number;
  readonly replicates: number;
  readonly seed: number;
}

/** Puts the calibration into a contract, and leaves all else in it as it is. */
export function writeCalibration(path: string, { buckets, cohort, ...head }: Calibration, made: Origin): Promise<void> {
  return put(path, { ...head, made, buckets: buckets.map(rowsOf), ...(cohort && { cohort: { ...cohort, means: packed(cohort) } }) });
}

/** base64 of a signed byte a number; each mean's own greatest is 127, for only its direction counts. */
function packed({ means }: Cohort): string {
  const bytes = means.map((mean) => {
    const most = mean.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 0);
    return Buffer.from(Int8Array.from(mean, (value) => Math.round((127 * value) / most)).buffer);
  });
  return Buffer.concat(bytes).toString('base64');
}

/** Written beside it and renamed, so that a half-written contract is never read. */
async function put(path: string, calibration: unknown): Promise<void> {
  const contract = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
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
