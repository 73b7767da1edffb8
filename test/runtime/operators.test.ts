import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NetworkFile } from '../../src/runtime/file.js';
import type { Network, Tensor } from '../../src/runtime/network.js';
import { openOnnx } from '../../src/runtime/onnx.js';
import { openTfjs } from '../../src/runtime/tfjs/network.js';
import { withFolder } from '../support/folder.js';
import { type ConstantSpec, type NetworkSpec, type NodeSpec, onnxFile } from './onnx-file.js';

/** The same numbers in every run, spread over −1 to 1. */
const wave = (length: number, phase = 0): number[] => Array.from({ length }, (_, i) => Math.sin(i * 0.7 + phase));

const floats = (...shape: number[]): ConstantSpec => ({ shape, data: wave(shape.reduce((a, b) => a * b, 1), shape.length) });
const whole = (...data: number[]): ConstantSpec => ({ shape: [data.length], data, whole: true });

/** Reads x, [2, 4, 6, 5], and makes y. */
const one = (op: string, attributes: NonNullable<NodeSpec['attributes']> = {}, constants: Record<string, ConstantSpec> = {}): NetworkSpec => ({
  nodes: [{ op, inputs: ['x', ...Object.keys(constants)], output: 'y', attributes }],
  constants,
  outputs: ['y'],
});

/** Makes a value of three dimensions first, `flat` [2, 4, 30], then y from it. */
const flat = (op: string, attributes: NonNullable<NodeSpec['attributes']>, constants: Record<string, ConstantSpec> = {}): NetworkSpec => ({
  nodes: [
    { op: 'Reshape', inputs: ['x', 'flatShape'], output: 'flat' },
    { op, inputs: ['flat', ...Object.keys(constants)], output: 'y', attributes },
  ],
  constants: { flatShape: whole(0, 4, -1), ...constants },
  outputs: ['y'],
});

const kernel = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };

const CASES: Readonly<Record<string, NetworkSpec>> = {
  'Conv with padding': one('Conv', kernel, { w: floats(3, 4, 3, 3), b: floats(3) }),
  'Conv without bias or padding': one('Conv', { kernel_shape: [1, 1] }, { w: floats(3, 4, 1, 1) }),
  'Conv with a stride, on an even and an odd side': one('Conv', { ...kernel, strides: [2, 2] }, { w: floats(3, 4, 3, 3), b: floats(3) }),
  'Conv with uneven padding': one('Conv', { kernel_shape: [3, 3], pads: [0, 1, 2, 0] }, { w: floats(3, 4, 3, 3) }),
  'Conv with dilation': one('Conv', { kernel_shape: [3, 3], pads: [2, 2, 2, 2], dilations: [2, 2] }, { w: floats(3, 4, 3, 3) }),
  'Conv by channel': one('Conv', { ...kernel, group: 4 }, { w: floats(4, 1, 3, 3), b: floats(4) }),
  'Conv by channel with a stride': one('Conv', { ...kernel, group: 4, strides: [2, 2] }, { w: floats(4, 1, 3, 3) }),
  'Conv by channel with dilation': one('Conv', { kernel_shape: [3, 3], pads: [2, 2, 2, 2], dilations: [2, 2], group: 4 }, { w: floats(4, 1, 3, 3) }),
  'Conv and PRelu in one': {
    nodes: [
      { op: 'Conv', inputs: ['x', 'w', 'b'], output: 'c', attributes: kernel },
      { op: 'PRelu', inputs: ['c', 'slope'], output: 'y' },
    ],
    constants: { w: floats(3, 4, 3, 3), b: floats(3), slope: floats(3, 1, 1) },
    outputs: ['y'],
  },
  'Conv and PRelu with a slope beyond one': {
    nodes: [
      { op: 'Conv', inputs: ['x', 'w'], output: 'c', attributes: kernel },
      { op: 'PRelu', inputs: ['c', 'slope'], output: 'y' },
    ],
    constants: { w: floats(3, 4, 3, 3), slope: { shape: [3, 1, 1], data: [1.5, -0.4, 0.2] } },
    outputs: ['y'],
  },
  'Conv and Relu, the first of which is read twice': {
    nodes: [
      { op: 'Conv', inputs: ['x', 'w'], output: 'c', attributes: kernel },
      { op: 'Relu', inputs: ['c'], output: 'r' },
      { op: 'Add', inputs: ['c', 'r'], output: 'y' },
    ],
    constants: { w: floats(3, 4, 3, 3) },
    outputs: ['y'],
  },
  'PRelu with a slope a channel': one('PRelu', {}, { slope: floats(4, 1, 1) }),
  'Add of a value a channel': one('Add', {}, { c: floats(4, 1, 1) }),
  'Mul with a value a column': one('Mul', {}, { c: floats(5) }),
  'Div by one number': one('Div', {}, { c: { shape: [], data: [3] } }),
  'Add of a computed value with fewer dimensions': {
    nodes: [
      { op: 'ReduceMean', inputs: ['x'], output: 'm', attributes: { axes: [0], keepdims: 0 } },
      { op: 'Add', inputs: ['x', 'm'], output: 'y' },
    ],
    outputs: ['y'],
  },
  Relu: one('Relu'),
  Sigmoid: one('Sigmoid'),
  Softplus: one('Softplus'),
  Sqrt: { nodes: [{ op: 'Mul', inputs: ['x', 'x'], output: 's' }, { op: 'Sqrt', inputs: ['s'], output: 'y' }], outputs: ['y'] },
  'Softmax over the channels': one('Softmax', { axis: 1 }),
  'Softmax over the last axis': one('Softmax'),
  'Softmax over an inner axis of three': flat('Softmax', { axis: 1 }),
  'ReduceMean that keeps its axes': one('ReduceMean', { axes: [1] }),
  'ReduceMean that drops one of height and width': one('ReduceMean', { axes: [2], keepdims: 0 }),
  'ReduceSum of everything but the batch': one('ReduceSum', { keepdims: 0 }, { axes: whole(-1, 1, 2) }),
  'ReduceSum of all': one('ReduceSum'),
  'Reshape to fewer dimensions': one('Reshape', {}, { shape: whole(0, -1) }),
  'Reshape to four dimensions': one('Reshape', {}, { shape: whole(-1, 4, 2, 0) }),
  'Transpose of four dimensions': one('Transpose', { perm: [1, 3, 0, 2] }),
  'Transpose without an order': one('Transpose'),
  'Transpose of three dimensions': flat('Transpose', { perm: [2, 0, 1] }),
  'MatMul with one matrix for all': flat('MatMul', {}, { m: floats(30, 7) }),
  'MatMul with a matrix each': flat('MatMul', {}, { m: floats(2, 30, 7) }),
  'Concat of channels': { nodes: [{ op: 'Concat', inputs: ['x', 'x'], output: 'y', attributes: { axis: 1 } }], outputs: ['y'] },
  'Concat of columns': { nodes: [{ op: 'Concat', inputs: ['x', 'x'], output: 'y', attributes: { axis: -1 } }], outputs: ['y'] },
  'Slice of channels': one('Slice', {}, { starts: whole(1), ends: whole(3), axes: whole(1) }),
  'Slice counted from the end, and beyond it': one('Slice', {}, { starts: whole(-4, 1), ends: whole(2 ** 40, -1), axes: whole(2, 3) }),
  'Slice without axes': one('Slice', {}, { starts: whole(1, 0), ends: whole(2, 2) }),
  'Resize by whole factors': {
    nodes: [{ op: 'Resize', inputs: ['x', '', 'f'], output: 'y', attributes: { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' } }],
    constants: { f: { shape: [4], data: [1, 1, 2, 3] } },
    outputs: ['y'],
  },
};

const X: Tensor = { data: Float32Array.from(wave(2 * 4 * 6 * 5)), shape: [2, 4, 6, 5] };

async function onFile(spec: NetworkSpec, use: (contractPath: string, contract: NetworkFile) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const bytes = onnxFile(spec);
    await writeFile(join(folder, 'n.onnx'), bytes);
    await use(join(folder, 'n.json'), { file: 'n.onnx', sha256: createHash('sha256').update(bytes).digest('hex'), input: { name: 'x' } });
  });
}

async function runOn(network: Network, outputs: readonly string[]): Promise<Tensor[]> {
  const results = await network.run(X, outputs);
  await network.close();
  return results;
}

describe('TF.js computes what ONNX Runtime computes', function () {
  this.timeout(60_000);

  for (const backend of ['tfjs-cpu', 'tfjs-wasm'] as const) {
    describe(backend, () => {
      for (const [name, spec] of Object.entries(CASES)) {
        it(name, () =>
          onFile(spec, async (path, contract) => {
            const [wanted] = await runOn(await openOnnx(path, contract), spec.outputs);
            const [found] = await runOn(await openTfjs(path, contract, backend), spec.outputs);
            assert(wanted !== undefined && found !== undefined);
            assert.deepEqual([...found.shape], [...wanted.shape]);
            wanted.data.forEach((value, i) => assert.ok(Math.abs(value - (found.data[i] ?? NaN)) < 1e-5, `${i}: ${found.data[i]}, not ${value}`));
          }));
      }
    });
  }
});

describe('a network that TF.js is not made for', () => {
  for (const [what, spec, named] of [
    ['an operator', one('Erf'), 'Erf'],
    ['a use of an operator', one('Conv', { kernel_shape: [1, 1], group: 2 }, { w: floats(4, 2, 1, 1) }), 'Conv with 2 groups'],
    ['a way of resizing', { ...CASES['Resize by whole factors'], nodes: [{ op: 'Resize', inputs: ['x', '', 'f'], output: 'y', attributes: { mode: 'linear' } }] } as NetworkSpec, 'Resize with mode linear'],
    ['a step', one('Slice', {}, { starts: whole(0), ends: whole(4), axes: whole(1), steps: whole(2) }), 'Slice with steps'],
    ['an old operator set', { ...one('Relu'), opset: 9 }, 'operator set 9'],
  ] as const) {
    it(`is refused by the name of ${what}`, () =>
      onFile(spec, (path, contract) =>
        assert.rejects(openTfjs(path, contract, 'tfjs-cpu'), (error: Error & { detail?: { reason: string; cure: string } }) => {
          assert.ok(error.message.includes(named) && error.message.includes('n.onnx'), error.message);
          assert.deepEqual([error.detail?.reason, error.detail?.cure], ['MODEL_UNSUPPORTED', 'run it with --runtime onnx']);
          return true;
        })));
  }
});
