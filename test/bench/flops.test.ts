import assert from 'node:assert/strict';
import { convolutionFlops } from '../../bench/runtimes/flops.js';
import { readModel } from '../../src/runtime/tfjs/model.js';
import { type ConstantSpec, onnxFile } from '../runtime/onnx-file.js';

const zeros = (...shape: number[]): ConstantSpec => ({ shape, data: Array<number>(shape.reduce((a, b) => a * b, 1)).fill(0) });

describe('the work of a network', () => {
  it('is that of its convolutions, with their strides, padding, dilation and groups', () => {
    const model = readModel(
      onnxFile({
        nodes: [
          { op: 'Conv', inputs: ['x', 'a'], output: 'half', attributes: { pads: [1, 1, 1, 1], strides: [2, 2] } },
          { op: 'Relu', inputs: ['half'], output: 'r' },
          { op: 'Conv', inputs: ['r', 'b'], output: 'y', attributes: { pads: [2, 2, 2, 2], dilations: [2, 2], group: 8 } },
          { op: 'Conv', inputs: ['y', 'c'], output: 'z' },
        ],
        constants: { a: zeros(8, 3, 3, 3), b: zeros(8, 1, 3, 3), c: zeros(4, 8, 1, 1) },
        outputs: ['z'],
      }),
    );
    // 10 × 9 becomes 5 × 5 and stays it.
    assert.equal(convolutionFlops(model, [10, 9]), 2 * 25 * (8 * 27 + 8 * 9 + 4 * 8));
  });
});
