import { Region, Workspace } from '../simd/workspace.js';
import type { Picture } from './picture.js';
import type { PixelScaling, Tensor } from './ports.js';

/** What is fed: `columns`×`rows`, with the resampled picture in its upper left corner and grey `fill` beyond. */
export interface Frame {
  /** A multiple of 4: rows are written in whole vectors. */
  readonly columns: number;
  readonly rows: number;
  readonly fill: number;
}

/** Brings whole pictures to a network's size and scale in one pass. Not for two pictures at a time: its memory is used again. */
export class Resampler {
  private readonly space = new Workspace();
  private readonly strip = new Region(this.space);
  private readonly blended = new Region(this.space);
  private readonly across = new Region(this.space);
  private readonly down = new Region(this.space);
  private readonly planes = new Region(this.space);
  private readonly gain = this.space.reserve(16);
  private readonly lift = this.space.reserve(16);

  constructor(private readonly scaling: PixelScaling) {
    const scale = inPictureOrder(scaling, scaling.scale);
    const mean = inPictureOrder(scaling, scaling.mean);
    this.space.floats(this.gain, 3).set(scale);
    this.space.floats(this.lift, 3).set(mean.map((value, i) => -value * (scale[i] ?? 0)));
  }

  /**
   * `picture` at `width`×`height` (each output pixel the mean of what it covers where that shrinks, bilinear where it grows) → fed values, shape
   * [1, 3, rows, columns], in the network's order of channels. They hold until the next call.
   */
  resample(picture: Picture, width: number, height: number, frame: Frame): Tensor {
    const { columns, rows } = frame;
    const plane = 4 * columns * rows;
    const address = this.planes.room(3 * plane);
    const planes = inPictureOrder(this.scaling, [address, address + plane, address + 2 * plane]);
    if (picture.width === width && picture.height === height) this.split(picture, planes, columns);
    else this.mix(picture, { width, height }, planes, columns);
    this.fillBeyond(address, { width, height }, frame);
    return { data: this.space.floats(address, 3 * columns * rows), shape: [1, 3, rows, columns] };
  }

  /** Nothing to resample: pixels become planes. */
  private split({ data, width, height }: Picture, [red, green, blue]: Triple, columns: number): void {
    const stride = 3 * width;
    const row = this.strip.room(stride);
    for (let y = 0; y < height; y++) {
      this.space.bytes(row, stride).set(data.subarray(y * stride, (y + 1) * stride));
      const to = 4 * y * columns;
      this.space.kernels.splitRow(row, width, this.gain, this.lift, red + to, green + to, blue + to);
    }
  }

  /** Rows first, then columns: each output row needs a few of the picture's. */
  private mix(picture: Picture, { width, height }: Size, [red, green, blue]: Triple, columns: number): void {
    const { space } = this;
    const [across, down] = [taps(picture.width, width), pairs(taps(picture.height, height))];
    const stride = 3 * picture.width;
    const needed = stride * down.count;
    const strip = this.strip.room(needed + stride);
    const blended = this.blended.room(4 * stride + 64);
    const starts = this.across.room(4 * width * (1 + across.count));
    const shares = this.down.room(down.weights.byteLength);
    space.integers(starts, width).set(across.starts.map((start) => 12 * start));
    space.floats(starts + 4 * width, width * across.count).set(across.weights);
    space.integers(shares, down.weights.length).set(down.weights);
    for (let y = 0; y < height; y++) {
      const start = (down.starts[y] ?? 0) * stride;
      space.bytes(strip, needed).set(picture.data.subarray(start, start + needed));
      space.kernels.blendRows(strip, stride, down.count, shares + 4 * y * down.pairs, blended);
      const to = 4 * y * columns;
      space.kernels.mixColumns(blended, starts, starts + 4 * width, across.count, width, this.gain, this.lift, red + to, green + to, blue + to);
    }
  }

  private fillBeyond(address: number, { width, height }: Size, { columns, rows, fill }: Frame): void {
    const { scale, mean } = this.scaling;
    for (const channel of [0, 1, 2] as const) {
      const plane = this.space.floats(address + 4 * channel * columns * rows, columns * rows);
      const value = (fill - mean[channel]) * scale[channel];
      if (width < columns) for (let y = 0; y < height; y++) plane.fill(value, y * columns + width, (y + 1) * columns);
      plane.fill(value, height * columns);
    }
  }
}

interface Size {
  readonly width: number;
  readonly height: number;
}

type Triple = readonly [number, number, number];

/** Values in the network's order of channels → those of red, green and blue. */
const inPictureOrder = ({ colour }: PixelScaling, [a, b, c]: Triple): Triple => (colour === 'RGB' ? [a, b, c] : [c, b, a]);

/** Output i is Σ_t weights[i · count + t] · input[starts[i] + t]. */
interface Taps {
  readonly count: number;
  readonly starts: Int32Array;
  readonly weights: Float32Array;
}

function taps(size: number, wanted: number): Taps {
  const ratio = size / wanted;
  // An output covers [low, high) of the input: a mean when that is wider than a pixel, else the two pixels on either side of its middle.
  const reach = Math.max(1, ratio);
  // A whole ratio meets whole pixels; otherwise one more is touched.
  const count = Math.min(size, Number.isInteger(ratio) ? ratio : Math.ceil(reach) + 1);
  const starts = new Int32Array(wanted);
  const weights = new Float32Array(wanted * count);
  for (let i = 0; i < wanted; i++) {
    const low = (i + 0.5) * ratio - reach / 2;
    const start = Math.min(Math.max(Math.floor(low), 0), size - count);
    const shares = Array.from({ length: count }, (_, t) => overlap(start + t, low, low + reach));
    const sum = shares.reduce((a, b) => a + b, 0);
    starts[i] = start;
    weights.set(shares.map((share) => share / sum), i * count);
  }
  return { count, starts, weights };
}

/** How much of input pixel `i` lies in [low, high). */
const overlap = (i: number, low: number, high: number): number => Math.max(0, Math.min(i + 1, high) - Math.max(i, low));

/** What the weights of `blendRows` are counted in. */
const UNIT = 16_384;

/** Weights as int16 pairs [outputs, pairs], a pair in one int32; those of an output add up to UNIT, so that a flat picture stays as it is. */
function pairs({ count, starts, weights }: Taps): { count: number; pairs: number; starts: Int32Array; weights: Int32Array } {
  const each = Math.ceil(count / 2);
  const packed = new Int16Array(starts.length * each * 2);
  for (let i = 0; i < starts.length; i++) {
    let left = 1;
    let whole = UNIT;
    for (let t = 0; t < count; t++) {
      const weight = weights[i * count + t] ?? 0;
      // The share of what is still to be given: rounding never adds up.
      const share = Math.round(left > 0 ? whole * Math.min(1, weight / left) : 0);
      packed[i * each * 2 + t] = share;
      left -= weight;
      whole -= share;
    }
    packed[i * each * 2 + count - 1] = (packed[i * each * 2 + count - 1] ?? 0) + whole;
  }
  return { count, pairs: each, starts, weights: new Int32Array(packed.buffer) };
}
