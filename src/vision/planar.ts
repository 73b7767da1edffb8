/* eslint-disable @typescript-eslint/no-non-null-assertion -- these loops keep within the bounds of their arrays */
import type { PixelScaling } from './ports.js';

/** Three planes of levels → packed bytes. */
export function interleaved(levels: Float32Array): Uint8Array {
  const plane = levels.length / 3;
  return Uint8Array.from(levels, (_, i) => Math.round(levels[(i % 3) * plane + Math.floor(i / 3)]!));
}

/** In place: planes R, G, B of levels 0 to 255 → fed values, in the network's order of channels. */
export function normalise(levels: Float32Array, { colour, mean, scale }: PixelScaling): void {
  const plane = levels.length / 3;
  if (colour === 'BGR') swapOuterPlanes(levels, plane);
  for (let channel = 0; channel < 3; channel++) {
    const shift = mean[channel]!;
    const factor = scale[channel]!;
    for (let at = channel * plane, end = at + plane; at < end; at++) levels[at] = (levels[at]! - shift) * factor;
  }
}

/** What a grey level is fed as, plane by plane. */
export function grey({ mean, scale }: PixelScaling, level: number): number[] {
  return mean.map((shift, channel) => (level - shift) * scale[channel]!);
}

function swapOuterPlanes(levels: Float32Array, plane: number): void {
  const first = levels.slice(0, plane);
  levels.copyWithin(0, 2 * plane);
  levels.set(first, 2 * plane);
}
