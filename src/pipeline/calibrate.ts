import { readFile } from 'node:fs/promises';
import type { Fitted, Sample } from '../calibration/fit.js';
import type { Bucket, Calibration, Vision } from '../types.js';
import { decode } from '../vision/image.js';
import { looks } from './looks.js';

/** Somebody's photographs, by their paths. */
export interface Sitter {
  readonly pictures: readonly string[];
}

export interface Looked {
  readonly samples: readonly Sample[];
  readonly photographs: number;
  /** Photographs without a face, and those that cannot be read. */
  readonly without: number;
}

const MAX_PIXELS = 50_000_000;

/** Each person's photographs as production sees them, as they are and with parts hidden. So many at a time. */
export async function lookAtPeople(vision: Pick<Vision, 'analyse'>, sitters: readonly Sitter[], how: { readonly minFaceSize: number; readonly workers: number; readonly onLooked: () => void }): Promise<Looked> {
  const jobs = sitters.flatMap(({ pictures }, person) => pictures.map((path) => ({ path, person })));
  const queue = [...jobs.entries()].values();
  const found = new Map<number, Sample[]>();
  const worker = async (): Promise<void> => {
    for (const [photograph, { path, person }] of queue) {
      const picture = await readFile(path).then((bytes) => decode(bytes, MAX_PIXELS)).catch(() => undefined);
      const seen = picture === undefined ? [] : await looks(vision, picture, { seed: photograph + 1, minFaceSize: how.minFaceSize, covers: true });
      found.set(photograph, seen.map(({ view, visibility, embedding }) => ({ person, photograph, visibility, embedding, whole: view === 0 })));
      how.onLooked();
    }
  };
  await Promise.all(Array.from({ length: how.workers }, worker));
  const samples = jobs.map((_, i) => found.get(i) ?? []);
  return { samples: samples.flat(), photographs: jobs.length, without: samples.filter(({ length }) => length === 0).length };
}

/** What was measured; where that was too little, what is known already. Undefined where a range is left without either. */
export function completed(fitted: readonly Fitted[], before: Calibration | undefined): Bucket[] | undefined {
  const buckets = fitted.map((one) => ('bucket' in one ? one.bucket : before?.buckets.find(({ min, max }) => min === one.min && max === one.max)));
  return buckets.every((bucket) => bucket !== undefined) ? buckets : undefined;
}
