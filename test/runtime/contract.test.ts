import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GlimpseError } from '../../src/errors.js';
import { ROOT } from '../../src/paths.js';
import { readDetectorContract, readEmbedderContract } from '../../src/runtime/contract.js';
import { openOnnx } from '../../src/runtime/onnx.js';
import { thresholdFor } from '../../src/runtime/thresholds.js';

const FIXTURES = join(ROOT, 'test', 'fixtures', 'networks');

/** A precondition whose message names all of these and that says what to do. */
const refusal = (reason: string, ...named: string[]) => (error: unknown): boolean =>
  error instanceof GlimpseError && error.kind === 'precondition' && error.detail.reason === reason && error.detail.cure !== '' && named.every((name) => error.message.includes(name));

describe('contracts and networks', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'glimpse-runtime-'));
    await cp(FIXTURES, folder, { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true }));

  const detector = (): string => join(folder, 'detector.json');
  const embedder = (): string => join(folder, 'embedder.json');

  /** Rewrites a contract; `undefined` removes a field. */
  async function change(path: string, edit: (contract: Record<string, Record<string, unknown>>) => void): Promise<void> {
    const contract = JSON.parse(await readFile(path, 'utf8')) as Record<string, Record<string, unknown>>;
    edit(contract);
    await writeFile(path, JSON.stringify(contract));
  }

  it('are read', async () => {
    const found = await readDetectorContract(detector());
    assert.deepEqual(found.outputs, [{ stride: 8, name: 'map_8' }, { stride: 16, name: 'map_16' }, { stride: 32, name: 'map_32' }]);
    assert.equal(found.input.multiple, 32);
    const face = await readEmbedderContract(embedder());
    assert.deepEqual(face.outputs, { embedding: 'embedding', importance: 'importance', parts: 'parts', attention: 'attention' });
    assert.deepEqual(face.alignment.eyesMidpoint, [56, 44.8]);
  });

  it('run: only the outputs that are asked for, in their order', async () => {
    const contract = await readEmbedderContract(embedder());
    const network = await openOnnx(embedder(), contract);
    const data = Float32Array.from({ length: 2 * 3 * 112 * 112 }, (_, i) => (i % 97) / 97);
    const outputs = await network.run({ data, shape: [2, 3, 112, 112] }, ['importance', 'embedding']);
    assert.deepEqual(outputs.map(({ shape }) => [...shape]), [[2, 2], [2, 256]]);
    assert.deepEqual([...(outputs[0]?.data ?? [])], [0.25, 0.75, 0.25, 0.75]);
    assert.ok(Math.abs(Math.hypot(...(outputs[1]?.data.subarray(0, 256) ?? [])) - 1) < 1e-5);
    await network.close();
  });

  it('run on a view into a larger buffer', async () => {
    const network = await openOnnx(embedder(), await readEmbedderContract(embedder()));
    const length = 3 * 112 * 112;
    const larger = Float32Array.from({ length: 3 * length }, (_, i) => Math.sin(i));
    const view = larger.subarray(length, 2 * length);
    const run = async (data: Float32Array): Promise<Float32Array | undefined> => (await network.run({ data, shape: [1, 3, 112, 112] }, ['embedding']))[0]?.data;
    assert.deepEqual(await run(view), await run(view.slice()));
    await network.close();
  });

  it('name a field that is missing or wrong, and the file', async () => {
    await change(detector(), (c) => delete c.input?.multiple);
    await assert.rejects(readDetectorContract(detector()), refusal('CONTRACT_INVALID', 'detector.json', 'input.multiple', 'is missing'));
    await change(embedder(), (c) => Object.assign(c.input ?? {}, { colour: 'GRB' }));
    await assert.rejects(readEmbedderContract(embedder()), refusal('CONTRACT_INVALID', 'embedder.json', 'input.colour', '"GRB"'));
  });

  it('name a threshold that is missing, and an output', async () => {
    await change(embedder(), (c) => delete (c.thresholds?.whole as Record<string, number>)['1e-5']);
    await assert.rejects(readEmbedderContract(embedder()), refusal('CONTRACT_INVALID', 'thresholds.whole.1e-5'));
    await change(embedder(), (c) => Object.assign(c, { thresholds: { whole: { '1e-5': 0.5 } }, outputs: ['embedding', 'importance', 'attention'] }));
    await assert.rejects(readEmbedderContract(embedder()), refusal('CONTRACT_INVALID', 'outputs', '"parts"'));
  });

  it('refuse a contract that points out of its folder', async () => {
    await change(detector(), (c) => Object.assign(c, { file: '../detector.onnx' }));
    await assert.rejects(readDetectorContract(detector()), refusal('CONTRACT_INVALID', 'file'));
  });

  it('refuse a contract that is no JSON, or is not there', async () => {
    await writeFile(detector(), '{');
    await assert.rejects(readDetectorContract(detector()), refusal('CONTRACT_INVALID', 'detector.json'));
    await rm(detector());
    await assert.rejects(readDetectorContract(detector()), refusal('MODEL_MISSING', 'detector.json'));
  });

  it('refuse a network that was cut short', async () => {
    await truncate(join(folder, 'detector.onnx'), 1000);
    await assert.rejects(openOnnx(detector(), await readDetectorContract(detector())), refusal('MODEL_MISMATCH', 'detector.onnx'));
  });

  it('refuse another network than the contract names', async () => {
    await cp(join(folder, 'embedder.onnx'), join(folder, 'detector.onnx'));
    await assert.rejects(openOnnx(detector(), await readDetectorContract(detector())), refusal('MODEL_MISMATCH', 'detector.onnx'));
  });

  it('refuse a network that is missing, or is none', async () => {
    await rm(join(folder, 'detector.onnx'));
    await assert.rejects(openOnnx(detector(), await readDetectorContract(detector())), refusal('MODEL_MISSING', 'detector.onnx'));
    await writeFile(join(folder, 'detector.onnx'), 'abc');
    await change(detector(), (c) => Object.assign(c, { sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' }));
    await assert.rejects(openOnnx(detector(), await readDetectorContract(detector())), refusal('MODEL_UNREADABLE', 'detector.onnx'));
  });
});

describe('the threshold for a visibility', () => {
  const thresholds = {
    whole: { '1e-5': 0.4 },
    byVisibility: [
      { min: 0, max: 0.3, fmr: { '1e-5': 0.6 } },
      { min: 0.3, max: 0.6, fmr: { '1e-3': 0.5 } },
      { min: 0.6, max: 1, fmr: { '1e-5': 0.45 } },
    ],
  };

  it('is that of its range, else that of whole faces', () => {
    assert.deepEqual([0, 0.29, 0.3, 0.59, 0.6, 1].map((v) => thresholdFor(thresholds, v)), [0.6, 0.6, 0.4, 0.4, 0.45, 0.45]);
  });
});
