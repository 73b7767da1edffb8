import type { Model, Node } from '../../src/runtime/tfjs/model.js';

type Size = readonly [number, number];

/** Floating-point operations of a network's convolutions for one input of height × width, a multiply-add being two; they are nearly all it does. */
export function convolutionFlops(model: Model, input: Size): number {
  const sizes = new Map<string, Size>(model.inputs.map((name) => [name, input]));
  let flops = 0;
  for (const node of model.nodes) {
    const size = sizes.get(node.inputs[0] ?? '');
    const [made = ''] = node.outputs;
    if (size === undefined) continue;
    if (node.op !== 'Conv') {
      sizes.set(made, size);
      continue;
    }
    const weights = model.constants.get(node.inputs[1] ?? '')?.shape ?? [];
    const output = convolved(node, size, weights);
    sizes.set(made, output);
    flops += 2 * output[0] * output[1] * weights.reduce((product, side) => product * side, 1);
  }
  return flops;
}

/** ONNX, operator Conv: pads are top, left, bottom, right. */
function convolved({ attributes }: Node, size: Size, weights: readonly number[]): Size {
  const at = (name: string, i: number, fallback: number): number => attributes.get(name)?.integers[i] ?? fallback;
  const side = (axis: 0 | 1): number => {
    const padded = size[axis] + at('pads', axis, 0) + at('pads', axis + 2, 0);
    const reach = at('dilations', axis, 1) * ((weights[axis + 2] ?? 1) - 1) + 1;
    return Math.floor((padded - reach) / at('strides', axis, 1)) + 1;
  };
  return [side(0), side(1)];
}
