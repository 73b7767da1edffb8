import assert from 'node:assert/strict';
import type { Picture } from '../../src/vision/picture.js';
import type { PixelScaling } from '../../src/vision/ports.js';
import { Resampler } from '../../src/vision/resample.js';
import { generator } from './support.js';

const PLAIN: PixelScaling = { colour: 'RGB', mean: [0, 0, 0], scale: [1, 1, 1] };

function noise(width: number, height: number): Picture {
  const next = generator(11);
  return { width, height, data: Uint8Array.from({ length: 3 * width * height }, () => next() * 256) };
}

const level = ({ data, width }: Picture, x: number, y: number, channel: number): number => data[3 * (y * width + x) + channel] ?? NaN;

/** How much of pixel `i` lies in [low, high). */
const covered = (i: number, low: number, high: number): number => Math.max(0, Math.min(i + 1, high) - Math.max(i, low));

/** The mean of all that an output pixel covers, by looking at every pixel of the picture. */
function mean(picture: Picture, [x0, x1]: readonly [number, number], [y0, y1]: readonly [number, number], channel: number): number {
  let sum = 0;
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) sum += covered(x, x0, x1) * covered(y, y0, y1) * level(picture, x, y, channel);
  }
  return sum / ((x1 - x0) * (y1 - y0));
}

describe('resampling a picture', () => {
  it('makes each pixel of a smaller one the mean of what it covers', () => {
    const picture = noise(31, 23);
    const { data, shape } = new Resampler(PLAIN).resample(picture, 13, 7, { columns: 16, rows: 7, fill: 0 });
    assert.deepEqual(shape, [1, 3, 7, 16]);
    for (let channel = 0; channel < 3; channel++) {
      for (let y = 0; y < 7; y++) {
        for (let x = 0; x < 13; x++) {
          const wanted = mean(picture, [x * 31 / 13, (x + 1) * 31 / 13], [y * 23 / 7, (y + 1) * 23 / 7], channel);
          assert.ok(Math.abs((data[channel * 112 + y * 16 + x] ?? NaN) - wanted) < 0.05, `channel ${channel}, pixel ${x}, ${y}`);
        }
      }
    }
  });

  it('is bilinear where it grows, and repeats the edge beyond it', () => {
    const picture = { width: 2, height: 1, data: Uint8Array.of(0, 10, 20, 100, 110, 120) };
    const { data } = new Resampler(PLAIN).resample(picture, 4, 2, { columns: 4, rows: 2, fill: 0 });
    assert.deepEqual([...data.subarray(0, 8)], [0, 25, 75, 100, 0, 25, 75, 100]);
    assert.deepEqual([...data.subarray(8, 12)], [10, 35, 85, 110]);
  });

  it('copies a picture of the right size', () => {
    const picture = noise(20, 5);
    const { data } = new Resampler(PLAIN).resample(picture, 20, 5, { columns: 20, rows: 5, fill: 0 });
    assert.deepEqual([...data], [0, 1, 2].flatMap((channel) => Array.from({ length: 100 }, (_, i) => picture.data[3 * i + channel])));
  });

  it('takes pictures of a single row, column or pixel', () => {
    for (const [width, height] of [[1, 1], [1, 40], [40, 1]] as const) {
      const { data } = new Resampler(PLAIN).resample({ width, height, data: new Uint8Array(3 * width * height).fill(7) }, 4, 4, { columns: 4, rows: 4, fill: 0 });
      assert.deepEqual(new Set(data.map((value) => Math.round(value * 1e4) / 1e4)), new Set([7]));
    }
  });

  it('scales by the channel, in the order the network wants, and fills what is beyond with grey', () => {
    const scaling: PixelScaling = { colour: 'BGR', mean: [1, 2, 3], scale: [10, 100, 1000] };
    const { data } = new Resampler(scaling).resample({ width: 1, height: 1, data: Uint8Array.of(5, 6, 7) }, 1, 1, { columns: 4, rows: 2, fill: 128 });
    const beyond = (value: number): number[] => new Array<number>(7).fill(value);
    assert.deepEqual([...data], [60, ...beyond(1270), 400, ...beyond(12_600), 2000, ...beyond(125_000)]);
  });

  it('keeps nothing of the picture before', () => {
    const resampler = new Resampler(PLAIN);
    const frame = { columns: 32, rows: 32, fill: 9 };
    resampler.resample(noise(300, 200), 32, 21, frame);
    const again = [...resampler.resample(noise(40, 40), 20, 20, frame).data];
    assert.deepEqual(again, [...new Resampler(PLAIN).resample(noise(40, 40), 20, 20, frame).data]);
  });
});
