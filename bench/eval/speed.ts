import sharp from 'sharp';
import { median } from '../support/stats.js';
import type { Picture } from '../../src/vision/picture.js';
import { openDetector } from './detect-worker.js';

const RUNS = 21;

/** Median milliseconds of a whole detection (feed, network, decoding) of a `width`×`height` picture at full size, on this one thread. */
export async function milliseconds(contract: string, photograph: Picture, width: number, height: number): Promise<number> {
  const detector = await openDetector(contract, Math.max(width, height));
  const raw = { width: photograph.width, height: photograph.height, channels: 3 } as const;
  const picture = { width, height, data: await sharp(photograph.data, { raw }).resize(width, height, { fit: 'fill' }).raw().toBuffer() };
  const spent: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    await detector.detect(picture);
    spent.push(performance.now() - start);
  }
  return median(spent.slice(2));
}
