/* eslint-disable @typescript-eslint/no-non-null-assertion -- these loops keep within the bounds of their arrays */
import type { PixelScaling } from './ports.js';

/** For each channel in the network's order: which byte of an RGB pixel it is, and its fed value for each of the 256 levels. */
export interface ChannelTables {
  readonly offsets: readonly [number, number, number];
  readonly values: readonly [Float32Array, Float32Array, Float32Array];
}

export function channelTables({ colour, mean, scale }: PixelScaling): ChannelTables {
  const table = (channel: 0 | 1 | 2): Float32Array => Float32Array.from({ length: 256 }, (_, level) => (level - mean[channel]) * scale[channel]);
  return { offsets: colour === 'RGB' ? [0, 1, 2] : [2, 1, 0], values: [table(0), table(1), table(2)] };
}

/** A rectangle of packed RGB. */
interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * Packed RGB → three planes [3, rows, columns] of fed values. The picture fills the upper left corner; whatever is beyond it
 * has the value of grey `fill`.
 */
export function toPlanes(pixels: Pixels, tables: ChannelTables, size: { columns: number; rows: number; fill: number }, out: Float32Array): void {
  const { columns, rows, fill } = size;
  for (let channel = 0; channel < 3; channel++) {
    const plane = out.subarray(channel * rows * columns, (channel + 1) * rows * columns);
    const values = tables.values[channel]!;
    if (columns > pixels.width || rows > pixels.height) plane.fill(values[fill]!);
    fillPlane(pixels, tables.offsets[channel]!, values, plane, columns);
  }
}

function fillPlane({ width, height, data }: Pixels, offset: number, values: Float32Array, plane: Float32Array, columns: number): void {
  let from = offset;
  for (let y = 0; y < height; y++) {
    const end = y * columns + width;
    for (let to = y * columns; to < end; to++, from += 3) plane[to] = values[data[from]!]!;
  }
}

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

function swapOuterPlanes(levels: Float32Array, plane: number): void {
  const first = levels.slice(0, plane);
  levels.copyWithin(0, 2 * plane);
  levels.set(first, 2 * plane);
}
