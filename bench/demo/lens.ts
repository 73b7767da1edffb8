import sharp from 'sharp';
import { generator } from '../support/generator.js';
import { HEIGHT, WIDTH } from './camera.js';

const RAW = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
const NOISE = noiseTile(1 << 20, 5);

/**
 * What a cheap camera does to a picture: light that comes and goes, a soft focus, noise, a lossy JPEG. Frame by frame
 * something else, and the same in every run. `pixels` is packed RGB.
 */
export async function degrade(pixels: Buffer, frame: number): Promise<Buffer> {
  const light = 0.95 + 0.2 * Math.sin(frame / 7);
  const blur = 0.75 + 0.35 * Math.sin(frame / 11);
  const seen = await sharp(pixels, { raw: RAW }).linear(light, 0).blur(blur).raw().toBuffer();
  const from = (frame * 7919) % NOISE.length;
  for (let i = 0, n = from; i < seen.length; i++) {
    const value = (seen[i] ?? 0) + (NOISE[n] ?? 0);
    seen[i] = value < 0 ? 0 : value > 255 ? 255 : value;
    n = n + 1 === NOISE.length ? 0 : n + 1;
  }
  return sharp(seen, { raw: RAW }).jpeg({ quality: 80 }).toBuffer();
}

/** Bell-shaped noise of about this standard deviation, from a fixed seed. */
function noiseTile(length: number, deviation: number): Int8Array {
  const random = generator(1);
  const uniform = (): number => random() - 0.5;
  // The sum of four uniform numbers has the variance 4/12.
  return Int8Array.from({ length }, () => Math.round((uniform() + uniform() + uniform() + uniform()) * deviation * Math.sqrt(3)));
}
