import assert from 'node:assert/strict';
import { withoutPRelu } from '../../src/runtime/prelu.js';
import { readModel } from '../../src/runtime/tfjs/model.js';
import { fieldBytes, fields, integerField, joined, messageField, textField } from '../../src/runtime/tfjs/wire.js';
import { onnxFile } from './onnx-file.js';

/** Numbers of onnx.proto. */
const [GRAPH, INT8] = [7, 3];

const operators = (file: Uint8Array): string[] => readModel(file).nodes.map(({ op }) => op).sort();

const conv = { op: 'Conv', inputs: ['x', 'w'], output: 'c' } as const;
const w = { shape: [2, 1, 1, 1], data: [1, 2] };

/** What it computes is held against TF.js by operators.test.ts and, in whole networks, by parity.test.ts. */
describe('PRelu for a CPU', () => {
  it('becomes operators that ONNX Runtime has vectors for, and the rest of the file stays as it is', () => {
    const file = onnxFile({
      nodes: [conv, { op: 'PRelu', inputs: ['c', 'slope'], output: 'p' }, { op: 'Sigmoid', inputs: ['p'], output: 'y' }],
      constants: { w, slope: { shape: [2, 1, 1], data: [0.25, -0.5] } },
      outputs: ['y'],
    });
    const written = withoutPRelu(file);
    assert.deepEqual(operators(written), ['Add', 'Conv', 'Conv', 'Conv', 'Relu', 'Sigmoid']);
    const [before, after] = [readModel(file), readModel(written)];
    assert.deepEqual([after.inputs, after.outputs], [before.inputs, before.outputs]);
    assert.deepEqual(after.constants.get('w'), before.constants.get('w'));
  });

  it('stays where no convolution comes before it, and where its slope is not one a channel', () => {
    const first = onnxFile({ nodes: [{ op: 'PRelu', inputs: ['x', 'slope'], output: 'y' }], constants: { slope: { shape: [2, 1, 1], data: [0.25, 0.5] } }, outputs: ['y'] });
    const wide = onnxFile({ nodes: [conv, { op: 'PRelu', inputs: ['c', 'slope'], output: 'y' }], constants: { w, slope: { shape: [3], data: [0.1, 0.2, 0.3] } }, outputs: ['y'] });
    assert.deepEqual(withoutPRelu(first), first);
    assert.deepEqual(withoutPRelu(wide), wide);
  });

  it('is looked for in networks of any numbers, INT8 among them', () => {
    const file = onnxFile({ nodes: [conv, { op: 'PRelu', inputs: ['c', 'slope'], output: 'y' }], constants: { w, slope: { shape: [2, 1, 1], data: [0.25, -0.5] } }, outputs: ['y'] });
    const bytes = messageField(5, [integerField(1, 4), integerField(2, INT8), textField(8, 'scales'), messageField(9, [Uint8Array.of(1, 2, 3, 4)])]);
    const written = withoutPRelu(joined([...fields(file)].map(({ number, wire, bytes: value }) => fieldBytes(number, wire, number === GRAPH ? joined([value, bytes]) : value))));
    assert.ok(Buffer.from(written).includes(Buffer.from(bytes)));
    assert.ok(!Buffer.from(written).includes('PRelu'));
  });
});
