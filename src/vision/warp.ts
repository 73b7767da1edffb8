/* eslint-disable @typescript-eslint/no-non-null-assertion -- these loops keep within the bounds of their arrays */
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
  private scratch = new Uint8Array(0);

  warp(picture: Picture, placement: Similarity, chip: Chip, out: Float32Array): void {
    const back = inverse(placement);
    const factor = Math.max(1, Math.floor(scaleOf(back)));
    const window = factor === 1 ? wholePicture(picture) : this.reduced(picture, back, chip, factor);
    sample(window, back, chip, out);
  }

  /** The part of the picture under the chip, at 1/factor. */
  private reduced(picture: Picture, back: Similarity, chip: Chip, factor: number): Window {
    const { left, top, right, bottom } = bounds(picture, back, chip, factor);
    const width = Math.ceil((right - left) / factor);
    const height = Math.ceil((bottom - top) / factor);
    const length = width * height * 3;
    if (this.scratch.length < length) this.scratch = new Uint8Array(length);
    const window: Window = { data: this.scratch, width, height, left, top, factor };
    const whole = left + 2 * width <= picture.width && top + 2 * height <= picture.height;
    if (factor === 2 && whole) averagePairs(picture, window);
    else average(picture, window);
    return window;
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

const wholePicture = ({ data, width, height }: Picture): Window => ({ data, width, height, left: 0, top: 0, factor: 1 });

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

/** `back` takes chip to picture; pixel centres lie at whole coordinates in both. */
function sample(window: Window, back: Similarity, chip: Chip, out: Float32Array): void {
  const { data, width, height, left, top, factor } = window;
  const plane = chip.width * chip.height;
  // Pixel i of the window has its centre at left + i·factor + (factor − 1) / 2 of the picture.
  const shiftX = (factor - 1) / 2 + left;
  const shiftY = (factor - 1) / 2 + top;
  const [a, b] = [back.a / factor, back.b / factor];
  for (let v = 0, to = 0; v < chip.height; v++) {
    let x = (back.tx - back.b * v - shiftX) / factor;
    let y = (back.ty + back.a * v - shiftY) / factor;
    for (let u = 0; u < chip.width; u++, to++, x += a, y += b) {
      const column = Math.floor(x);
      const row = Math.floor(y);
      const inside = column >= 0 && row >= 0 && column < width - 1 && row < height - 1;
      if (!inside) {
        edge(window, x, y, chip.fill, out, to, plane);
        continue;
      }
      const right = x - column;
      const below = y - row;
      // Plain variables: a destructured array costs more than all of the arithmetic here.
      const w00 = (1 - right) * (1 - below);
      const w01 = right * (1 - below);
      const w10 = (1 - right) * below;
      const w11 = right * below;
      const upper = (row * width + column) * 3;
      const lower = upper + width * 3;
      out[to] = data[upper]! * w00 + data[upper + 3]! * w01 + data[lower]! * w10 + data[lower + 3]! * w11;
      out[to + plane] = data[upper + 1]! * w00 + data[upper + 4]! * w01 + data[lower + 1]! * w10 + data[lower + 4]! * w11;
      out[to + 2 * plane] = data[upper + 2]! * w00 + data[upper + 5]! * w01 + data[lower + 2]! * w10 + data[lower + 5]! * w11;
    }
  }
}

/** The slow way, for samples whose four neighbours are not all in the picture: those outside are `fill`. */
function edge({ data, width, height }: Window, x: number, y: number, fill: number, out: Float32Array, to: number, plane: number): void {
  const column = Math.floor(x);
  const row = Math.floor(y);
  for (let channel = 0; channel < 3; channel++) {
    const level = (c: number, r: number): number => (c >= 0 && r >= 0 && c < width && r < height ? data[(r * width + c) * 3 + channel]! : fill);
    const upper = level(column, row) * (1 - (x - column)) + level(column + 1, row) * (x - column);
    const lower = level(column, row + 1) * (1 - (x - column)) + level(column + 1, row + 1) * (x - column);
    out[to + channel * plane] = upper * (1 - (y - row)) + lower * (y - row);
  }
}
