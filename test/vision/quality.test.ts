import assert from 'node:assert/strict';
import sharp from 'sharp';
import type { DetectedFace, Landmarks } from '../../src/types.js';
import { interleaved, normalise } from '../../src/vision/planar.js';
import { quality, sharpness } from '../../src/vision/quality.js';
import { generator } from './support.js';

const CHIP = { width: 64, height: 64, fill: 128 };

/** Planes of a picture of blocks, blurred by `sigma`. */
async function blurred(sigma: number): Promise<Float32Array> {
  const next = generator(5);
  const blocks = Uint8Array.from({ length: 16 * 16 * 3 }, () => 60 + next() * 140);
  const sharpOne = sharp(blocks, { raw: { width: 16, height: 16, channels: 3 } }).resize(64, 64, { kernel: 'nearest' });
  const picture = sigma === 0 ? sharpOne : sharp(await sharpOne.png().toBuffer()).blur(sigma);
  return planes(await picture.raw().toBuffer());
}

const planes = (rgb: Uint8Array): Float32Array =>
  Float32Array.from(rgb, (_, i) => rgb[(i % (rgb.length / 3)) * 3 + Math.floor(i / (rgb.length / 3))] ?? NaN);

describe('sharpness', () => {
  it('falls with every step of blur, from near 1 to near 0', async () => {
    const steps: number[] = [];
    for (const sigma of [0, 0.7, 1.2, 2, 4, 8]) steps.push(sharpness(await blurred(sigma), CHIP));
    steps.slice(1).forEach((value, i) => assert.ok(value < (steps[i] ?? 0), steps.join()));
    assert.ok((steps[0] ?? 0) > 0.9 && (steps.at(-1) ?? 1) < 0.05, steps.join());
  });

  it('is 0 for a flat picture', () => {
    assert.equal(sharpness(new Float32Array(3 * 64 * 64).fill(90), CHIP), 0);
  });
});

describe('quality', () => {
  const face = (visibility: readonly number[], eyeDistance: number): DetectedFace => {
    const landmarks = visibility.map((v, i) => ({ x: i * eyeDistance, y: 0, visibility: v })) as unknown as Landmarks;
    return { box: { x: 0, y: 0, width: 10, height: 10 }, landmarks, score: 1 };
  };

  it('is as good as its weakest part', async () => {
    const levels = await blurred(0);
    const hidden = quality(face([1, 1, 0, 0, 0], 100), levels, CHIP, 40);
    assert.equal(hidden.visibility, 0.4);
    assert.equal(hidden.score, 0.4);
    const far = quality(face([1, 1, 1, 1, 1], 10), levels, CHIP, 40);
    assert.equal(far.eyeDistance, 10);
    assert.equal(far.score, 0.25);
    const dull = quality(face([1, 1, 1, 1, 1], 100), await blurred(8), CHIP, 40);
    assert.equal(dull.score, dull.sharpness);
  });
});

describe('planes', () => {
  const levels = (): Float32Array => Float32Array.of(1, 2, 10, 20, 100, 200);

  it('become packed pixels', () => {
    assert.deepEqual([...interleaved(levels())], [1, 10, 100, 2, 20, 200]);
  });

  it('become what the network is fed, in its order of channels', () => {
    const rgb = levels();
    normalise(rgb, { colour: 'RGB', mean: [1, 10, 100], scale: [1, 2, 3] });
    assert.deepEqual([...rgb], [0, 1, 0, 20, 0, 300]);
    const bgr = levels();
    normalise(bgr, { colour: 'BGR', mean: [0, 0, 1], scale: [1, 1, 1] });
    assert.deepEqual([...bgr], [100, 200, 10, 20, 0, 1]);
  });
});
