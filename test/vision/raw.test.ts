import assert from 'node:assert/strict';
import type { PixelFormat, RawImage } from '../../src/types.js';
import { fromRaw } from '../../src/vision/raw.js';
import { generator, undecodable } from './support.js';

const LIMIT = 1_000_000;
const SIZE = { width: 6, height: 4 };
type Rgb = readonly [number, number, number];

/** BT.601 studio swing from its definition (Kr 0.299, Kb 0.114), in floating point: the reference for NV12 and I420. */
function referenceRgb(y: number, u: number, v: number): Rgb {
  const light = (y - 16) / 219;
  const [blueness, redness] = [(u - 128) / 224, (v - 128) / 224];
  const red = light + 1.402 * redness;
  const blue = light + 1.772 * blueness;
  const green = (light - 0.299 * red - 0.114 * blue) / 0.587;
  return [red, green, blue].map((value) => Math.min(255, Math.max(0, value * 255))) as unknown as Rgb;
}

const next = generator(3);
const luma = Array.from({ length: 24 }, () => 16 + Math.floor(next() * 220));
const chroma = Array.from({ length: 6 }, (): [number, number] => [Math.floor(next() * 256), Math.floor(next() * 256)]);

const rows = (values: readonly number[], length: number): number[][] =>
  Array.from({ length: values.length / length }, (_, i) => values.slice(i * length, (i + 1) * length));
/** Rows one after another, each padded with 99 to the stride. */
const padded = (plane: readonly number[][], stride: number): number[] => plane.flatMap((row) => [...row, ...Array<number>(stride - row.length).fill(99)]);

function frame(format: PixelFormat, stride: number): RawImage {
  const pixels = Array.from({ length: 24 }, (_, i): Rgb => [i, i + 100, i + 200]);
  const planes: Record<PixelFormat, number[]> = {
    RGB24: padded(rows(pixels.flat(), 18), stride || 18),
    BGR24: padded(rows(pixels.flatMap(([r, g, b]) => [b, g, r]), 18), stride || 18),
    GRAY8: padded(rows(luma, 6), stride || 6),
    NV12: [...padded(rows(luma, 6), stride || 6), ...padded(rows(chroma.flat(), 6), stride || 6)],
    I420: [
      ...padded(rows(luma, 6), stride || 6),
      ...padded(rows(chroma.map(([u]) => u), 3), (stride || 6) / 2),
      ...padded(rows(chroma.map(([, v]) => v), 3), (stride || 6) / 2),
    ],
  };
  return { format, ...SIZE, stride, data: Uint8Array.from(planes[format]) };
}

function expected(format: PixelFormat): number[] {
  if (format === 'RGB24' || format === 'BGR24') return Array.from({ length: 24 }, (_, i) => [i, i + 100, i + 200]).flat();
  if (format === 'GRAY8') return luma.flatMap((level) => [level, level, level]);
  return luma.flatMap((y, i) => {
    const [u, v] = chroma[Math.floor(i / 12) * 3 + Math.floor((i % 6) / 2)] ?? [NaN, NaN];
    return [...referenceRgb(y, u, v)];
  });
}

describe('raw pixels', () => {
  for (const format of ['RGB24', 'BGR24', 'GRAY8', 'NV12', 'I420'] as const) {
    for (const stride of [0, 20]) {
      it(`${format} with ${stride === 0 ? 'packed rows' : 'padded rows'} becomes RGB`, () => {
        const { data, width, height } = fromRaw(frame(format, stride), LIMIT);
        assert.deepEqual([width, height, data.length], [6, 4, 72]);
        const worst = Math.max(...expected(format).map((value, i) => Math.abs(value - (data[i] ?? NaN))));
        assert.ok(worst <= 1, `off by ${worst}`);
      });
    }
  }

  it('needs no padding after the last row', () => {
    const { data, ...rest } = frame('GRAY8', 20);
    assert.equal(fromRaw({ ...rest, data: data.subarray(0, 3 * 20 + 6) }, LIMIT).data.length, 72);
  });

  it('reads the bytes of a view into a larger buffer', () => {
    const { data, ...rest } = frame('BGR24', 0);
    const larger = new Uint8Array(data.length + 50);
    larger.set(data, 50);
    assert.deepEqual([...fromRaw({ ...rest, data: larger.subarray(50) }, LIMIT).data], expected('BGR24'));
  });
});

describe('refusing raw pixels', () => {
  const refused = (change: Partial<RawImage>, format: PixelFormat, reason: string, field: string): void =>
    assert.throws(() => fromRaw({ ...frame(format, 0), ...change }, LIMIT), undecodable(reason, field));

  it('names a stride shorter than a row', () => {
    refused({ stride: 17 }, 'RGB24', 'STRIDE_TOO_SMALL', 'raw.stride');
    refused({ stride: 5 }, 'NV12', 'STRIDE_TOO_SMALL', 'raw.stride');
  });

  it('names data that is one byte short', () => {
    for (const format of ['RGB24', 'BGR24', 'GRAY8', 'NV12', 'I420'] as const) {
      const { data } = frame(format, 0);
      refused({ data: data.subarray(0, data.length - 1) }, format, 'DATA_TOO_SHORT', 'raw.data');
    }
  });

  it('names odd sides where colours are shared', () => {
    refused({ width: 5 }, 'NV12', 'ODD_SIZE', 'raw.width');
    refused({ height: 3 }, 'I420', 'ODD_SIZE', 'raw.height');
    assert.doesNotThrow(() => fromRaw({ ...frame('GRAY8', 0), width: 5 }, LIMIT));
  });

  it('names a side that is missing', () => {
    refused({ width: 0 }, 'RGB24', 'EMPTY', 'raw.width');
  });

  it('names too many pixels before it looks at the data', () => {
    refused({ width: 2000, height: 2000, data: new Uint8Array(0) }, 'RGB24', 'TOO_MANY_PIXELS', 'raw.width');
  });
});
