import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Rank } from '@tensorflow/tfjs-core';
import { GlimpseError } from '../../src/errors.js';
import { MODELS_DIR } from '../../src/paths.js';
import { readDetectorContract, readEmbedderContract } from '../../src/runtime/contract.js';
import type { Tensor } from '../../src/runtime/network.js';
import { loadBackend } from '../../src/runtime/tfjs/backend.js';
import { spreadOut } from '../../src/runtime/tfjs/conv.js';
import { openTfjs } from '../../src/runtime/tfjs/network.js';
import { withFolder } from '../support/folder.js';

const EMBEDDER = join(MODELS_DIR, 'embedder.json');
const faces = (count: number): Tensor => ({ data: new Float32Array(count * 3 * 112 * 112).fill(0.1), shape: [count, 3, 112, 112] });

describe('a network on TF.js', function () {
  this.timeout(60_000);

  it('leaves no tensor behind, whatever is asked for and however large the batch', async () => {
    const tf = await loadBackend('tfjs-wasm');
    const before = tf.memory().numTensors;
    const network = await openTfjs(EMBEDDER, await readEmbedderContract(EMBEDDER), 'tfjs-wasm');
    const open = tf.memory().numTensors;
    assert.ok(open > before);
    for (const [count, outputs] of [[1, ['embedding', 'importance']], [3, ['attention']], [1, ['parts', 'embedding', 'parts']]] as const) {
      const results = await network.run(faces(count), outputs);
      assert.deepEqual(results.map(({ shape }) => shape[0]), outputs.map(() => count));
      assert.equal(tf.memory().numTensors, open, outputs.join());
    }
    await assert.rejects(network.run({ data: new Float32Array(3 * 9 * 9), shape: [1, 3, 9, 9] }, ['embedding']));
    assert.equal(tf.memory().numTensors, open, 'after an input that the network cannot take');
    await network.close();
    assert.equal(tf.memory().numTensors, before);
  });

  it('computes only what was asked for', async () => {
    const tf = await loadBackend('tfjs-wasm');
    const network = await openTfjs(EMBEDDER, await readEmbedderContract(EMBEDDER), 'tfjs-wasm');
    const kernels = async (...outputs: string[]): Promise<number> => {
      let running: Promise<unknown> | undefined;
      const { kernels: ran } = await tf.profile(() => {
        running = network.run(faces(1), outputs);
        return [];
      });
      await running;
      return ran.length;
    };
    const [importance, all] = [await kernels('importance'), await kernels('importance', 'embedding', 'attention')];
    assert.ok(importance > 20 && importance + 10 < all, `${importance} and ${all} kernels`);
    await assert.rejects(network.run(faces(1), ['embeding']), /no output embeding/);
    await network.close();
  });

  it('does not keep its hands on the caller’s memory', async () => {
    const network = await openTfjs(EMBEDDER, await readEmbedderContract(EMBEDDER), 'tfjs-wasm');
    const input = faces(1);
    const [first] = await network.run(input, ['embedding']);
    const copy = first?.data.slice();
    input.data.fill(-1);
    await network.run(input, ['embedding']);
    assert.deepEqual(first?.data, copy);
    assert.ok(input.data.every((value) => value === -1));
    await network.close();
  });
});

describe('a filter whose gaps are filled with zeros', () => {
  it('convolves by channel as the dilated one does', async () => {
    const tf = await loadBackend('tfjs-cpu');
    tf.tidy(() => {
      const x = tf.randomNormal<Rank.R4>([1, 9, 8, 3], 0, 1, 'float32', 1);
      const filter = tf.randomNormal<Rank.R4>([3, 2, 3, 1], 0, 1, 'float32', 2);
      const spread = spreadOut(tf, filter, [2, 3]);
      assert.deepEqual(spread.shape, [5, 4, 3, 1]);
      const wanted = tf.depthwiseConv2d(x, filter, 1, 'valid', 'NHWC', [2, 3]);
      const found = tf.depthwiseConv2d(x, spread as typeof filter, 1, 'valid');
      assert.deepEqual(found.shape, wanted.shape);
      assert.ok((tf.max(tf.abs(tf.sub(found, wanted))).arraySync() as number) < 1e-6);
    });
  });
});

describe('a file that TF.js is given', () => {
  const refusal = (reason: string, named: RegExp) => (error: unknown): boolean =>
    error instanceof GlimpseError && error.kind === 'precondition' && error.detail.reason === reason && error.detail.cure !== '' && named.test(error.message);

  /** The shipped detector in a folder of its own, cut to a length, under a contract that knows of it or not. */
  async function detector(length: number, contracted: boolean, use: (path: string) => Promise<void>): Promise<void> {
    await withFolder(async (folder) => {
      const [path, file] = [join(folder, 'detector.json'), join(folder, 'detector.onnx')];
      await cp(join(MODELS_DIR, 'detector.json'), path);
      await cp(join(MODELS_DIR, 'detector.onnx'), file);
      await truncate(file, length);
      const contract = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
      const sha256 = createHash('sha256').update(await readFile(file)).digest('hex');
      if (contracted) await writeFile(path, JSON.stringify({ ...contract, sha256 }));
      await use(path);
    });
  }
  const open = async (path: string): Promise<unknown> => openTfjs(path, await readDetectorContract(path), 'tfjs-wasm');

  it('is refused by its hash when it was cut', () => detector(5000, false, (path) => assert.rejects(open(path), refusal('MODEL_MISMATCH', /sha256/))));

  for (const length of [0, 1, 3, 5000]) {
    it(`is refused when it ends after ${length} bytes, even if the contract says so`, () =>
      detector(length, true, (path) => assert.rejects(open(path), refusal('MODEL_UNREADABLE', /detector\.onnx cannot be loaded/))));
  }

  it('is refused when its input is not the contract’s', async () => {
    const contract = await readDetectorContract(join(MODELS_DIR, 'detector.json'));
    const other = { ...contract, input: { ...contract.input, name: 'pixels' } };
    await assert.rejects(openTfjs(join(MODELS_DIR, 'detector.json'), other, 'tfjs-wasm'), refusal('MODEL_MISMATCH', /takes input; its contract says pixels/));
  });

  for (const backend of ['tfjs-node', 'tfjs-node-gpu'] as const) {
    it(`is run by ${backend}, or refused with the reason why it cannot be here`, async () => {
      const path = join(MODELS_DIR, 'detector.json');
      const contract = await readDetectorContract(path);
      try {
        const network = await openTfjs(path, contract, backend);
        const [map] = await network.run({ data: new Float32Array(3 * 32 * 32), shape: [1, 3, 32, 32] }, ['map_8']);
        assert.deepEqual(map?.shape, [1, 20, 4, 4]);
        await network.close();
      } catch (error) {
        assert(error instanceof GlimpseError);
        assert.deepEqual([error.kind, error.detail.reason], ['unavailable', 'RUNTIME_UNUSABLE']);
        assert.match(error.message, new RegExp(`the runtime ${backend} does not work here`));
      }
    });
  }
});
