import assert from 'node:assert/strict';
import type { GlimpseError } from '../../src/errors.js';
import { MODELS_DIR } from '../../src/paths.js';
import { CANDIDATES } from '../../src/runtime/candidates.js';
import { type Choice, chooseRuntime, diagnose, type Wish } from '../../src/runtime/choose.js';
import { type Examine, examine } from '../../src/runtime/examine.js';

/** A machine on which just these work. */
const machine = (...working: string[]): Examine & { asked: string[] } => {
  const asked: string[] = [];
  const examineOne: Examine = ({ name }) => {
    asked.push(name);
    const usable = working.includes(name);
    return Promise.resolve({ installed: usable, usable, why: usable ? 'works' : 'is not there' });
  };
  return Object.assign(examineOne, { asked });
};

const choose = async (wish: Partial<Wish>, on: Examine): Promise<string> => (await chooseRuntime({ runtime: 'auto', device: 'auto', ...wish }, '', on)).runtime;

describe('the choice of a runtime', () => {
  it('is ONNX Runtime on the CPU where there is nothing else, without trying it', async () => {
    const bare = machine();
    assert.equal(await choose({}, bare), 'onnx-cpu');
    assert.ok(!bare.asked.includes('onnx-cpu'));
  });

  it('is a GPU where one works, except one that has to be asked for', async () => {
    assert.equal(await choose({}, machine('tfjs-node-gpu', 'tfjs-wasm')), 'tfjs-node-gpu');
    assert.equal(await choose({}, machine('onnx-webgpu')), 'onnx-cpu');
    assert.equal(await choose({ device: 'gpu' }, machine('onnx-webgpu')), 'onnx-webgpu');
    assert.equal(await choose({ device: 'webgpu' }, machine('onnx-webgpu', 'tfjs-node-gpu')), 'onnx-webgpu');
    assert.equal(await choose({ device: 'cpu' }, machine('tfjs-node-gpu')), 'onnx-cpu');
  });

  it('goes down the list of TF.js from native code to WebAssembly to JavaScript', async () => {
    const working = ['tfjs-node-gpu', 'tfjs-node', 'tfjs-wasm', 'tfjs-cpu'];
    for (const [i, best] of working.entries()) assert.equal(await choose({ runtime: 'tfjs' }, machine(...working.slice(i))), best);
  });

  it('says what was passed over, and why', async () => {
    const { why }: Choice = await chooseRuntime({ runtime: 'tfjs', device: 'cpu' }, '', machine('tfjs-cpu'));
    assert.equal(why, 'works; not tfjs-node: is not there; not tfjs-wasm: is not there');
  });

  it('is refused when the wish cannot be met, with what stands in the way and a command', () =>
    assert.rejects(choose({ runtime: 'tfjs', device: 'gpu' }, machine('tfjs-cpu', 'onnx-webgpu')), (error: GlimpseError) => {
      assert.equal(error.message, '--runtime tfjs --device gpu cannot be had: tfjs-node-gpu: is not there');
      assert.deepEqual([error.kind, error.detail.field, error.detail.reason], ['unavailable', '--device', 'RUNTIME_UNUSABLE']);
      assert.match(error.detail.cure, /npm install --no-save @tensorflow\/tfjs-node-gpu@.*CUDA.*glimpse doctor/);
      return true;
    }));
});

describe('the diagnosis', () => {
  const ALL = { runtime: 'auto', device: 'auto' } as const;

  it('lists every candidate, marks the one that would be chosen, and says how to get the others', async () => {
    const found = await diagnose(ALL, '', machine('onnx-cpu', 'onnx-webgpu', 'tfjs-wasm'));
    assert.deepEqual(found.map(({ name }) => name), CANDIDATES.map(({ name }) => name));
    assert.deepEqual(found.filter(({ chosen }) => chosen).map(({ name }) => name), ['onnx-cpu']);
    for (const { usable, cure } of found) assert.equal(cure === '', usable);
    assert.match(found.find(({ name }) => name === 'onnx-webgpu')?.why ?? '', /taken with --device webgpu/);
  });

  it('gives no advice that the wish rules out', async () => {
    const found = await diagnose({ runtime: 'tfjs', device: 'auto' }, '', machine('tfjs-wasm'));
    assert.deepEqual(found.filter(({ cure }) => cure !== '').map(({ name }) => name), ['tfjs-node-gpu', 'tfjs-node', 'tfjs-cpu']);
  });
});

describe('a candidate that is tried', function () {
  this.timeout(60_000);
  const candidate = CANDIDATES.find(({ name }) => name === 'tfjs-wasm') ?? assert.fail();

  it('is usable when it sees what the reference sees', async () => {
    const { installed, usable, why } = await examine(candidate, MODELS_DIR);
    assert.deepEqual([installed, usable], [true, true]);
    assert.match(why, /looks at a picture of 128 × 128 in [\d.]+ ms/);
  });

  it('is not when it cannot open the network, and says so', async () => {
    const { installed, usable, why } = await examine(candidate, '/nonexistent');
    assert.deepEqual([installed, usable, why], [true, false, '/nonexistent/detector.json cannot be read']);
  });

  it('is not tried when it is not installed', async () => {
    assert.deepEqual(await examine({ ...candidate, missing: () => 'it is not there' }, MODELS_DIR), { installed: false, usable: false, why: 'it is not there' });
  });
});
