/* eslint-disable @typescript-eslint/no-non-null-assertion -- these loops keep within the bounds of their arrays */
import sharp from 'sharp';
import type { Grid } from './regions.js';

/** From nothing to most: dark violet, purple, orange, pale yellow. Even in lightness, so that it reads in grey and for the colour-blind. */
const RAMP = [[12, 7, 45], [120, 28, 109], [229, 92, 48], [252, 255, 164]] as const;
/** Share of the colour where nothing is looked at, and where most is. */
const [FAINT, STRONG] = [0.25, 0.8];

/**
 * Where the network looked, over the face that it saw, as WebP of the chip's size.
 * @param pixels the chip, packed RGB
 * @param gaze values of a grid over the chip, row after row; only their ratios matter
 */
export async function heatMap(pixels: Uint8Array, chip: Grid, gaze: Float32Array, grid: Grid): Promise<Buffer> {
  const most = gaze.reduce((a, b) => Math.max(a, b), 1e-12);
  const levels = Uint8Array.from(gaze, (value) => Math.round((255 * value) / most));
  const heat = await sharp(levels, { raw: { ...grid, channels: 1 } }).resize(chip.width, chip.height, { fit: 'fill' }).extractChannel(0).raw().toBuffer();
  const drawn = new Uint8Array(3 * chip.width * chip.height);
  heat.forEach((level, at) => {
    const share = level / 255;
    const grey = 0.299 * pixels[3 * at]! + 0.587 * pixels[3 * at + 1]! + 0.114 * pixels[3 * at + 2]!;
    const cover = FAINT + (STRONG - FAINT) * share;
    colour(share).forEach((value, channel) => (drawn[3 * at + channel] = Math.round(cover * value + (1 - cover) * grey)));
  });
  return sharp(drawn, { raw: { width: chip.width, height: chip.height, channels: 3 } }).webp({ quality: 90 }).toBuffer();
}

function colour(share: number): number[] {
  const place = Math.min(share, 1) * (RAMP.length - 1);
  const below = Math.min(Math.floor(place), RAMP.length - 2);
  return RAMP[below]!.map((value, channel) => value + (place - below) * (RAMP[below + 1]![channel]! - value));
}
