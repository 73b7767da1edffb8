/* eslint-disable @typescript-eslint/no-non-null-assertion -- these loops keep within the bounds of their arrays */
import type { PixelFormat, RawImage } from '../types.js';
import { checkPixels, undecodable, type Picture } from './picture.js';

/**
 * Pixels as a camera delivers them → RGB. NV12 and I420 are read as BT.601 studio swing (Y 16 to 235), what cameras and ffmpeg mean
 * unless told otherwise. Throws GlimpseError `undecodable` that names the field. Packed RGB24 is not copied.
 */
export function fromRaw(image: RawImage, maxPixels: number): Picture {
  const { format, width, height } = image;
  checkSize(image);
  checkPixels('raw.width', width, height, maxPixels);
  const stride = checkedStride(image);
  checkLength(image, stride);
  if (format === 'RGB24' && stride === width * 3) return { width, height, data: image.data.subarray(0, width * height * 3) };
  const out = new Uint8Array(width * height * 3);
  convert[format](image, stride, out);
  return { width, height, data: out };
}

/** Writes RGB into `out`. */
type Converter = (image: RawImage, stride: number, out: Uint8Array) => void;

const BYTES_A_PIXEL: Readonly<Record<PixelFormat, number>> = { RGB24: 3, BGR24: 3, GRAY8: 1, NV12: 1, I420: 1 };
const SUBSAMPLED: readonly PixelFormat[] = ['NV12', 'I420'];

const convert: Readonly<Record<PixelFormat, Converter>> = {
  RGB24: (image, stride, out) => copyTriples(image, stride, out, 0, 2),
  BGR24: (image, stride, out) => copyTriples(image, stride, out, 2, 0),
  GRAY8: spreadGrey,
  NV12: ({ data, width, height }, stride, out) => {
    const chroma = data.subarray(stride * height);
    fromYuv({ luma: data, stride, u: chroma, v: chroma.subarray(1), chromaStride: stride, chromaStep: 2 }, width, height, out);
  },
  I420: ({ data, width, height }, stride, out) => {
    const chromaStride = halved(stride);
    const u = data.subarray(stride * height);
    const v = u.subarray((chromaStride * height) / 2);
    fromYuv({ luma: data, stride, u, v, chromaStride, chromaStep: 1 }, width, height, out);
  },
};

function checkSize({ format, width, height }: RawImage): void {
  for (const [name, side] of [['width', width], ['height', height]] as const) {
    if (!Number.isInteger(side) || side < 1) {
      throw undecodable(`raw.${name}`, 'EMPTY', `raw.${name} is ${side}; a picture has at least one pixel`, `set raw.${name}`);
    }
    if (SUBSAMPLED.includes(format) && side % 2 !== 0) {
      const message = `raw.${name} is ${side}; ${format} shares colours between 2×2 pixels and needs even sides`;
      throw undecodable(`raw.${name}`, 'ODD_SIZE', message, 'crop or pad the picture to even sides');
    }
  }
}

function checkedStride({ format, width, stride }: RawImage): number {
  const row = width * BYTES_A_PIXEL[format];
  if (stride === 0) return row;
  if (Number.isInteger(stride) && stride >= row) return stride;
  const message = `raw.stride is ${stride}; a row of ${width} pixels of ${format} has ${row} bytes`;
  throw undecodable('raw.stride', 'STRIDE_TOO_SMALL', message, 'set raw.stride to the bytes from one row to the next, or to 0 for packed rows');
}

/** The last row of the last plane need not be padded to the stride. */
function checkLength({ format, width, height, data }: RawImage, stride: number): void {
  const needed = {
    RGB24: stride * (height - 1) + width * 3,
    BGR24: stride * (height - 1) + width * 3,
    GRAY8: stride * (height - 1) + width,
    NV12: stride * height + stride * (height / 2 - 1) + width,
    I420: stride * height + halved(stride) * (height - 1) + width / 2,
  }[format];
  if (data.length >= needed) return;
  const message = `raw.data has ${data.length} bytes; ${width}×${height} ${format} with stride ${stride} has ${needed}`;
  throw undecodable('raw.data', 'DATA_TOO_SHORT', message, 'check format, width, height and stride against what the camera delivers');
}

const halved = (stride: number): number => (stride + 1) >> 1;

/** `red` and `blue`: which byte of an input pixel holds that colour. */
function copyTriples({ data, width, height }: RawImage, stride: number, out: Uint8Array, red: 0 | 2, blue: 0 | 2): void {
  let to = 0;
  for (let y = 0; y < height; y++) {
    const end = y * stride + width * 3;
    for (let from = y * stride; from < end; from += 3, to += 3) {
      out[to] = data[from + red]!;
      out[to + 1] = data[from + 1]!;
      out[to + 2] = data[from + blue]!;
    }
  }
}

function spreadGrey({ data, width, height }: RawImage, stride: number, out: Uint8Array): void {
  let to = 0;
  for (let y = 0; y < height; y++) {
    const end = y * stride + width;
    for (let from = y * stride; from < end; from++, to += 3) out.fill(data[from]!, to, to + 3);
  }
}

interface Planes {
  readonly luma: Uint8Array;
  readonly stride: number;
  readonly u: Uint8Array;
  readonly v: Uint8Array;
  readonly chromaStride: number;
  /** Bytes from one chroma sample to the next. */
  readonly chromaStep: 1 | 2;
}

/** BT.601 in fixed point, 16 fractional bits; each chroma sample serves 2×2 pixels. */
function fromYuv(planes: Planes, width: number, height: number, out: Uint8Array): void {
  const { luma, stride, u, v, chromaStride, chromaStep } = planes;
  let to = 0;
  for (let y = 0; y < height; y++) {
    const row = y * stride;
    const chromaRow = (y >> 1) * chromaStride;
    for (let x = 0; x < width; x++, to += 3) {
      const at = chromaRow + (x >> 1) * chromaStep;
      const blue = u[at]! - 128;
      const red = v[at]! - 128;
      const light = (luma[row + x]! - 16) * 76309 + 32768;
      out[to] = clamp((light + red * 104597) >> 16);
      out[to + 1] = clamp((light - blue * 25675 - red * 53279) >> 16);
      out[to + 2] = clamp((light + blue * 132201) >> 16);
    }
  }
}

const clamp = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value);
