import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { GlimpseError } from '../../src/errors.js';
import { ROOT } from '../../src/paths.js';
import { openVision } from '../../src/pipeline/vision-pool.js';
import type { AnalyseOptions, Vision } from '../../src/types.js';
import { withFolder } from '../support/folder.js';

/** The tiny networks see a face in every 32×32 cell of saturated red (test/support/tiny_networks.py). */
const NETWORKS = join(ROOT, 'test', 'fixtures', 'networks');
const SETTINGS = { modelsDir: NETWORKS, workers: 2, detectorSize: 640, maxPixels: 1_000_000 };
const OPTIONS: AnalyseOptions = { minFaceSize: 20, maxFaces: 10, select: 'ALL', wantCrops: false, wantAttention: false };

/** 640×480 with a red cell at each of the places (in cells). */
async function scene(...cells: readonly (readonly [number, number])[]): Promise<Uint8Array> {
  const red = { create: { width: 32, height: 32, channels: 3 as const, background: '#f00' } };
  const grey = sharp({ create: { width: 640, height: 480, channels: 3, background: '#6a7a7a' } });
  return grey.composite(cells.map(([x, y]) => ({ input: red, left: x * 32, top: y * 32 }))).png().toBuffer();
}

const kind = (wanted: string) => (error: unknown): boolean => error instanceof GlimpseError && error.kind === wanted;

for (const batching of [false, true]) describe(batching ? 'the vision workers with one lane for their networks' : 'the vision workers', function () {
  this.timeout(60_000);
  let vision: Vision;
  before(async () => (vision = await openVision({ ...SETTINGS, batching })));
  after(() => vision.close());

  it('find, describe and time the faces of a picture', async () => {
    const result = await vision.analyse({ encoded: await scene([5, 5]) }, OPTIONS);
    const [face] = result.faces;
    assert.deepEqual([result.width, result.height, result.detected, result.faces.length], [640, 480, 1, 1]);
    assert.deepEqual(face?.box, { x: 112, y: 112, width: 128, height: 128 });
    assert.equal(face.embedding.length, 256);
    assert.ok(Math.abs(Math.hypot(...face.embedding) - 1) < 1e-5);
    assert.deepEqual([...face.importance], [0.25, 0.75]);
    assert.ok(Math.abs(face.quality.visibility - 0.8) < 1e-3);
    assert.deepEqual([face.crop, face.attention], [undefined, undefined]);
    const { queue, decode, detect, embed } = result.timing;
    assert.ok(queue >= 0 && decode > 0 && detect > 0 && embed > 0);
  });

  it('give crops and attention when asked', async () => {
    const { faces } = await vision.analyse({ encoded: await scene([5, 5]) }, { ...OPTIONS, wantCrops: true, wantAttention: true });
    const crop = await sharp(faces[0]?.crop).metadata();
    assert.deepEqual([crop.format, crop.width, crop.height], ['webp', 112, 112]);
    assert.deepEqual({ ...faces[0]?.attention, values: faces[0]?.attention?.values.length }, { maps: 2, width: 14, height: 14, values: 2 * 14 * 14 });
  });

  it('embed only the faces that are chosen, and count the others', async () => {
    const encoded = await scene([4, 4], [14, 4], [14, 10]);
    const limited = await vision.analyse({ encoded }, { ...OPTIONS, maxFaces: 2 });
    assert.deepEqual([limited.detected, limited.faces.length], [3, 2]);
    const second = await vision.analyse({ encoded }, { ...OPTIONS, select: { box: { x: 400, y: 90, width: 100, height: 100 } } });
    assert.deepEqual(second.faces.map(({ box }) => box.x), [400]);
    const none = await vision.analyse({ encoded }, { ...OPTIONS, minFaceSize: 129 });
    assert.deepEqual([none.detected, none.largestDropped, none.faces], [0, 128, []]);
  });

  it('see the same in raw pixels, and leave the caller its bytes', async () => {
    const encoded = await scene([5, 5]);
    const data = new Uint8Array(await sharp(encoded).removeAlpha().raw().toBuffer());
    const before = data.slice();
    const raw = await vision.analyse({ raw: { format: 'RGB24', width: 640, height: 480, stride: 0, data } }, OPTIONS);
    const file = await vision.analyse({ encoded }, OPTIONS);
    assert.deepEqual(raw.faces, file.faces);
    assert.deepEqual(data, before);
  });

  it('take a view into a larger buffer without the rest of it', async () => {
    const encoded = await scene([5, 5]);
    const larger = Buffer.alloc(encoded.length + 100);
    larger.set(encoded, 50);
    const result = await vision.analyse({ encoded: larger.subarray(50, 50 + encoded.length) }, OPTIONS);
    assert.equal(result.faces.length, 1);
    assert.equal(larger.length, encoded.length + 100);
  });

  it('tell pictures apart by what they show, and know the network', async () => {
    const [one, two] = await Promise.all([[5, 5], [9, 9]].map(async ([x = 0, y = 0]) => vision.analyse({ encoded: await scene([x, y]) }, OPTIONS)));
    assert.notDeepEqual(one?.faces[0]?.box, two?.faces[0]?.box);
    assert.match(vision.network, /^[0-9a-f]{64}$/);
    assert.deepEqual([vision.threshold(1), vision.threshold(0.2)], [0.9, 0.95]);
  });

  it('outlive a bad picture, and name its fault', async () => {
    const bad = [new Uint8Array(0), Buffer.from('not a picture'), (await scene([1, 1])).subarray(0, 300)];
    for (const encoded of [...bad, ...bad]) await assert.rejects(vision.analyse({ encoded }, OPTIONS), kind('undecodable'));
    assert.equal((await vision.analyse({ encoded: await scene([5, 5]) }, OPTIONS)).faces.length, 1);
  });

  it('refuse a picture above the limit', async () => {
    const large = await sharp({ create: { width: 1100, height: 1000, channels: 3, background: '#000' } }).png().toBuffer();
    await assert.rejects(vision.analyse({ encoded: large }, OPTIONS), kind('undecodable'));
  });

  it('answer many pictures at once, each with its own', async () => {
    const places = Array.from({ length: 12 }, (_, i): [number, number] => [2 + i, 2 + (i % 9)]);
    const results = await Promise.all(places.map(async (place) => vision.analyse({ encoded: await scene(place) }, OPTIONS)));
    assert.deepEqual(results.map(({ faces }) => faces[0]?.box.x), places.map(([x]) => x * 32 - 48));
    assert.ok(results.some(({ timing }) => timing.queue > 1), 'ten of twelve had to wait for a worker');
  });

  it('drop what waits when its caller leaves', async () => {
    const encoded = await scene([5, 5]);
    const busy = Array.from({ length: 8 }, () => vision.analyse({ encoded }, OPTIONS));
    const leaving = new AbortController();
    const waiting = vision.analyse({ encoded }, OPTIONS, leaving.signal);
    leaving.abort();
    await assert.rejects(waiting, kind('cancelled'));
    await assert.rejects(vision.analyse({ encoded }, OPTIONS, AbortSignal.abort()), kind('cancelled'));
    assert.equal((await Promise.all(busy)).length, 8);
  });

  it('give the reason of the abort when it is one of ours', async () => {
    const reason = new GlimpseError('deadline', 'too late', { reason: 'DEADLINE', cure: 'none' });
    await assert.rejects(vision.analyse({ encoded: new Uint8Array(1) }, OPTIONS, AbortSignal.abort(reason)), kind('deadline'));
  });

  it('answer a caller who leaves while the worker is busy, and free the worker', async () => {
    const encoded = await scene([5, 5]);
    const leaving = new AbortController();
    const running = vision.analyse({ encoded }, OPTIONS, leaving.signal);
    setImmediate(() => leaving.abort());
    await assert.rejects(running, kind('cancelled'));
    const after = await Promise.all(Array.from({ length: 4 }, () => vision.analyse({ encoded }, OPTIONS)));
    assert.equal(after.length, 4);
  });
});

describe('opening and closing the vision workers', function () {
  this.timeout(60_000);

  it('fails with the reason when a network is damaged, and leaves no thread', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'glimpse-pool-'));
    await cp(NETWORKS, folder, { recursive: true });
    await writeFile(join(folder, 'detector.onnx'), 'damaged');
    for (const batching of [false, true]) {
      const opening = openVision({ ...SETTINGS, modelsDir: folder, batching });
      await assert.rejects(opening, (error) => kind('precondition')(error) && /detector\.onnx/.test((error as Error).message));
    }
    await assert.rejects(openVision({ ...SETTINGS, modelsDir: join(folder, 'nowhere') }), kind('precondition'));
    await rm(folder, { recursive: true });
  });

  it('lets what runs finish, refuses what waits and what comes later', async () => {
    const vision = await openVision({ ...SETTINGS, workers: 1 });
    const encoded = await scene([5, 5]);
    const running = vision.analyse({ encoded }, OPTIONS);
    const waiting = vision.analyse({ encoded }, OPTIONS);
    const refused = assert.rejects(waiting, kind('unavailable'));
    const closed = vision.close();
    await assert.rejects(vision.analyse({ encoded }, OPTIONS), kind('unavailable'));
    assert.equal((await running).faces.length, 1);
    await Promise.all([closed, refused]);
  });

  for (const batching of [false, true]) it(`leaves nothing that keeps a process alive, batching ${batching ? 'on' : 'off'}`, () => withFolder(async (folder) => {
    const module = new URL('../../src/pipeline/vision-pool.js', import.meta.url).href;
    const program = `
      const { openVision } = await import(${JSON.stringify(module)});
      const vision = await openVision(${JSON.stringify({ ...SETTINGS, batching })});
      await vision.analyse({ raw: { format: 'GRAY8', width: 64, height: 64, stride: 0, data: new Uint8Array(4096) } }, ${JSON.stringify(OPTIONS)});
      await vision.close();
      console.log('closed');`;
    const file = join(folder, 'program.mjs');
    await writeFile(file, program);
    const done = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 40_000 });
    assert.deepEqual([done.status, done.stdout.trim()], [0, 'closed'], done.stderr);
  }));
});
