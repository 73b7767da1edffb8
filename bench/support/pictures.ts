import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { ROOT } from '../../src/paths.js';

export interface Picture {
  readonly name: string;
  /** A JPEG file. */
  readonly bytes: Buffer;
}

const FOLDER = join(ROOT, 'node_modules', '@vladmandic', 'face-api', 'demo');

/** Six photographs of groups that a dev dependency ships, 1920 pixels wide; part of no release of ours. */
export function groupPhotographs(): Picture[] {
  return [1, 2, 3, 4, 5, 6].map((number) => {
    const name = `sample${number}.jpg`;
    return { name, bytes: readFileSync(join(FOLDER, name)) };
  });
}

/** The same as a camera of `width` pixels would send them; 0: as they are. */
export async function groupFrames(width: number): Promise<Picture[]> {
  const pictures = groupPhotographs();
  if (width === 0) return pictures;
  return Promise.all(pictures.map(async ({ name, bytes }) => ({ name, bytes: await sharp(bytes).resize({ width }).jpeg({ quality: 85 }).toBuffer() })));
}

/** `1920×1280 (141 KiB)`, for tables. */
export async function describe({ name, bytes }: Picture): Promise<string> {
  const { width, height } = await sharp(bytes).metadata();
  return `${name} ${width}×${height} (${Math.round(bytes.length / 1024)} KiB)`;
}
