/* eslint-disable @typescript-eslint/no-non-null-assertion -- these loops keep within the bounds of their arrays */
import type { PixelScaling } from './ports.js';

/** A rectangle of packed RGB. */
interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * Packed RGB → three planes [3, rows, columns] of fed values, in the network's order of channels. The picture fills the upper left
 * corner; whatever is beyond it has the value of grey `fill`.
 */
export function toPlanes(pixels: Pixels, scaling: PixelScaling, size: { columns: number; rows: number; fill: number }, out: Float32Array): void {
  const { columns, rows, fill } = size;
  for (let channel = 0; channel < 3; channel++) {
    const plane = out.subarray(channel * rows * columns, (channel + 1) * rows * columns);
    const scale = scaling.scale[channel]!;
    const shift = -scaling.mean[channel]! * scale;
    if (columns > pixels.width || rows > pixels.height) plane.fill(fill * scale + shift);
    fillPlane(pixels, { offset: scaling.colour === 'RGB' ? channel : 2 - channel, scale, shift }, plane, columns);
  }
}

interface Channel {
  /** Which byte of an RGB pixel. */
  readonly offset: number;
  readonly scale: number;
  readonly shift: number;
}

function fillPlane({ width, height, data }: Pixels, { offset, scale, shift }: Channel, plane: Float32Array, columns: number): void {
  let from = offset;
  for (let y = 0; y < height; y++) {
    const end = y * columns + width;
    for (let to = y * columns; to < end; to++, from += 3) plane[to] = data[from]! * scale + shift;
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
