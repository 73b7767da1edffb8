/* eslint-disable @typescript-eslint/no-non-null-assertion -- these loops keep within the bounds of their arrays */
import { Region, Workspace } from '../simd/workspace.js';
import type { Picture } from './picture.js';
import { inverse, scaleOf, type Similarity } from './similarity.js';

export interface Chip {
  readonly width: number;
  readonly height: number;
  /** Grey level beyond the picture's edge. */
  readonly fill: number;
}

/**
 * Cuts an aligned face out of a picture: writes three planes [3, height, width] of levels 0 to 255, in the order R, G, B, into `out`.
 * Bilinear; a face much larger than the chip is first averaged down by a whole factor, so that detail does not turn into noise.
 */
export class Warper {
  private readonly space = new Workspace();
  private readonly pixels = new Region(this.space);
  private readonly planes = new Region(this.space);

  warp(picture: Picture, placement: Similarity, chip: Chip, out: Float32Array): void {
    const back = inverse(placement);
    const factor = Math.max(1, Math.floor(scaleOf(back)));
    const planes = this.planes.room(out.byteLength);
    const window = this.window(picture, back, chip, factor);
    // Pixel i of the window has its centre at left + i·factor + (factor − 1) / 2 of the picture.
    const x = (back.tx - (factor - 1) / 2 - window.left) / factor;
    const y = (back.ty - (factor - 1) / 2 - window.top) / factor;
    const step = [back.a / factor, back.b / factor] as const;
    this.space.kernels.cut(window.address, window.width, window.height, x, y, ...step, chip.width, chip.height, chip.fill, planes);
    out.set(this.space.floats(planes, out.length));
  }

  /** The part of the picture under the chip, at 1/factor. */
  private window(picture: Picture, back: Similarity, chip: Chip, factor: number): Placed {
    const { left, top, right, bottom } = bounds(picture, back, chip, Math.max(2, factor));
    const width = Math.ceil((right - left) / factor);
    const height = Math.ceil((bottom - top) / factor);
    const address = this.pixels.room(width * height * 3);
    const window = { data: this.space.bytes(address, width * height * 3), width, height, left, top, factor };
    const whole = left + 2 * width <= picture.width && top + 2 * height <= picture.height;
    if (factor === 1) copy(picture, window);
    else if (factor === 2 && whole) averagePairs(picture, window);
    else average(picture, window);
    return { ...window, address };
  }
}

/** Packed RGB: pixel (x, y) covers `factor`×`factor` pixels of the picture from (left + x·factor, top + y·factor) on. */
interface Window {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly factor: number;
}

/** Where the kernels find it. */
type Placed = Window & { readonly address: number };

function bounds(picture: Picture, { a, b, tx, ty }: Similarity, chip: Chip, margin: number): { left: number; top: number; right: number; bottom: number } {
  const [w, h] = [chip.width, chip.height];
  const xs = [tx, a * w + tx, -b * h + tx, a * w - b * h + tx];
  const ys = [ty, b * w + ty, a * h + ty, b * w + a * h + ty];
  const clamp = (value: number, most: number): number => Math.min(Math.max(value, 0), most);
  return {
    left: clamp(Math.floor(Math.min(...xs)) - margin, picture.width),
    top: clamp(Math.floor(Math.min(...ys)) - margin, picture.height),
    right: clamp(Math.ceil(Math.max(...xs)) + margin, picture.width),
    bottom: clamp(Math.ceil(Math.max(...ys)) + margin, picture.height),
  };
}

function copy(picture: Picture, { data, width, height, left, top }: Window): void {
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * picture.width + left) * 3;
    data.set(picture.data.subarray(from, from + 3 * width), 3 * y * width);
  }
}

/** Fills the window with the means of its factor×factor blocks (what is left of them at the picture's edge). */
function average(picture: Picture, { data, width, height, left, top, factor }: Window): void {
  const source = picture.data;
  let to = 0;
  for (let y = 0; y < height; y++) {
    const firstRow = top + y * factor;
    const rows = Math.min(factor, picture.height - firstRow);
    for (let x = 0; x < width; x++, to += 3) {
      const firstColumn = left + x * factor;
      const columns = Math.min(factor, picture.width - firstColumn);
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let row = 0; row < rows; row++) {
        const start = ((firstRow + row) * picture.width + firstColumn) * 3;
        for (let at = start, end = start + columns * 3; at < end; at += 3) {
          red += source[at]!;
          green += source[at + 1]!;
          blue += source[at + 2]!;
        }
      }
      const share = 1 / (rows * columns);
      data[to] = red * share + 0.5;
      data[to + 1] = green * share + 0.5;
      data[to + 2] = blue * share + 0.5;
    }
  }
}

/** `average` for factor 2 and whole blocks: the usual case of a large photograph, at a third of the time. */
function averagePairs(picture: Picture, { data, width, height, left, top }: Window): void {
  const source = picture.data;
  const row = picture.width * 3;
  let to = 0;
  for (let y = 0; y < height; y++) {
    let upper = ((top + 2 * y) * picture.width + left) * 3;
    let lower = upper + row;
    for (let x = 0; x < width; x++, to += 3, upper += 6, lower += 6) {
      data[to] = (source[upper]! + source[upper + 3]! + source[lower]! + source[lower + 3]! + 2) >> 2;
      data[to + 1] = (source[upper + 1]! + source[upper + 4]! + source[lower + 1]! + source[lower + 4]! + 2) >> 2;
      data[to + 2] = (source[upper + 2]! + source[upper + 5]! + source[lower + 2]! + source[lower + 5]! + 2) >> 2;
    }
  }
}
