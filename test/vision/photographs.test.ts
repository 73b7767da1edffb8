import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { MODELS_DIR, ROOT } from '../../src/paths.js';
import { openVision } from '../../src/pipeline/vision-pool.js';
import type { AnalysedFace, AnalyseOptions, FrameAnalysis, Vision } from '../../src/types.js';

/** The group photographs of a dev dependency, and how many faces each shows; one of the second is in profile, all others look this way. */
const FACES = [3, 3, 3, 4, 5, 4];
const IN_PROFILE = 1;
const photograph = (number: number): Promise<Buffer> => readFile(join(ROOT, 'node_modules', '@vladmandic', 'face-api', 'demo', `sample${number}.jpg`));
const OPTIONS: AnalyseOptions = { minFaceSize: 20, maxFaces: 100, select: 'ALL', wantCrops: false, wantAttention: true };

const cosine = (a: AnalysedFace, b: AnalysedFace): number => a.embedding.reduce((sum, value, i) => sum + value * (b.embedding[i] ?? NaN), 0);
const centre = ({ box }: AnalysedFace): [number, number] => [box.x + box.width / 2, box.y + box.height / 2];

describe('the shipped networks on real photographs', function () {
  this.timeout(120_000);
  let vision: Vision;
  let originals: FrameAnalysis[];
  before(async () => {
    vision = await openVision({ modelsDir: MODELS_DIR, workers: availableParallelism(), detectorSize: 640, maxPixels: 50_000_000 });
    originals = await Promise.all(FACES.map(async (_, i) => vision.analyse({ encoded: await photograph(i + 1) }, OPTIONS)));
  });
  after(() => vision.close());

  it('find every face, and nothing else', () => {
    assert.deepEqual(originals.map(({ detected }) => detected), FACES);
  });

  /** The far eye of the one in profile has 0.30; that of one that is turned and tilted, and all to be seen, 0.59. */
  const facing = ({ landmarks: [left, right] }: AnalysedFace): boolean => Math.min(left.visibility, right.visibility) > 0.45;

  it('say that the far eye of a face in profile is hidden, and no other', () => {
    const hidden = originals.map(({ faces }) => faces.filter((face) => !facing(face)).length);
    assert.deepEqual(hidden, [0, IN_PROFILE, 0, 0, 0, 0]);
  });

  it('put the landmarks of a face that looks this way in order inside its box', () => {
    for (const { box, landmarks, quality, importance } of originals.flatMap(({ faces }) => faces.filter(facing))) {
      const [left, right, nose, mouthLeft, mouthRight] = landmarks;
      for (const { x, y } of landmarks) assert.ok(x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height);
      assert.ok(left.x < right.x && mouthLeft.x < mouthRight.x);
      assert.ok(Math.max(left.y, right.y) < Math.max(mouthLeft.y, mouthRight.y) && nose.y < Math.max(mouthLeft.y, mouthRight.y));
      assert.ok(quality.sharpness > 0.3, JSON.stringify(quality));
      assert.ok(Math.abs(importance.reduce((sum, value) => sum + value, 0) - 1) < 1e-4);
    }
  });

  /** Each face of the changed photograph, with the face of the original at its place. */
  async function pairs(change: (file: Buffer) => Promise<Buffer>, scale: number): Promise<[AnalysedFace, AnalysedFace][]> {
    const found = await Promise.all(FACES.map(async (_, i) => (await vision.analyse({ encoded: await change(await photograph(i + 1)) }, OPTIONS)).faces));
    return found.flatMap((faces, i) =>
      faces.flatMap((face) => {
        const [x, y] = centre(face);
        const same = originals[i]?.faces.find((other) => Math.hypot(centre(other)[0] - x / scale, centre(other)[1] - y / scale) < 40);
        return same === undefined ? [] : [[face, same] as [AnalysedFace, AnalysedFace]];
      }),
    );
  }

  it('know a face again in a smaller, darker, harder compressed copy', async () => {
    const matched = await pairs((file) => sharp(file).resize(960).modulate({ brightness: 0.75 }).jpeg({ quality: 60 }).toBuffer(), 0.5);
    const everybody = originals.flatMap(({ faces }) => faces);
    assert.equal(matched.length, everybody.length);
    for (const [face, same] of matched) {
      const others = everybody.filter((other) => other !== same).map((other) => cosine(face, other));
      assert.ok(cosine(face, same) > Math.max(...others), `${cosine(face, same)} against ${Math.max(...others)}`);
    }
  });

  it('see a face in a portrait that it fills', async () => {
    const face = originals[5]?.faces[0];
    assert.ok(face);
    const { x, y, width, height } = face.box;
    const around = { left: Math.round(x - width * 0.1), top: Math.round(y - height * 0.1), width: Math.round(width * 1.2), height: Math.round(height * 1.2) };
    for (const side of [100, 1200]) {
      const portrait = await sharp(await photograph(6)).extract(around).resize(side, side, { fit: 'fill' }).jpeg().toBuffer();
      const found = await vision.analyse({ encoded: portrait }, OPTIONS);
      assert.equal(found.faces.length, 1, `at ${side} px`);
    }
  });

  it('see nobody in noise', async () => {
    const noise = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#777', noise: { type: 'gaussian', mean: 128, sigma: 40 } } }).png().toBuffer();
    assert.equal((await vision.analyse({ encoded: noise }, OPTIONS)).detected, 0);
  });
});
