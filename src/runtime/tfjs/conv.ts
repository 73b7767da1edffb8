import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { Built, OpNode } from './graph.js';

type Pair = [number, number];

/** Input [N, H, W, C]; the filter comes as ONNX has it, [M, C / groups, KH, KW]; pads are top, left, bottom, right. */
export function conv(node: OpNode): Built {
  node.expect('auto_pad', 'NOTSET');
  const { tf } = node;
  const [channels = 0, perGroup = 0, ...kernel] = node.constant(1).shape;
  if (kernel.length !== 2) node.refuse(`a kernel of ${kernel.length} dimensions`);
  const depthwise = depthwiseOrNot(node, channels, perGroup);
  const options = {
    filter: node.weight(1, (w) => tf.transpose(w, depthwise ? [2, 3, 0, 1] : [2, 3, 1, 0])) as Tensor4D,
    strides: pair(node.integers('strides')),
    dilations: pair(node.integers('dilations')),
    ...(node.has(2) && { bias: node.weight(2, (b) => b) }),
    ...activation(node, channels),
  };
  const { pad, before } = padding(node, kernel, options);
  const source = node.source(0);
  const convolve = depthwise ? tf.fused.depthwiseConv2d : tf.fused.conv2d;
  return { rank: 4, run: (values) => convolve({ x: before(source(values)) as Tensor4D, pad, ...options }) };
}

function depthwiseOrNot(node: OpNode, channels: number, perGroup: number): boolean {
  const groups = node.integer('group', 1);
  if (groups === 1) return false;
  if (groups !== channels || perGroup !== 1) node.refuse(`${groups} groups for ${channels} channels`);
  return true;
}

interface Padding {
  readonly pad: 'same' | 'valid';
  /** What is done to the input first. */
  readonly before: (x: Tensor) => Tensor;
}

/**
 * 'same' where it means what the file says. With a stride it does not: TF.js puts the odd pixel at the end, ONNX where the file says;
 * and padding by number is not known to every backend. There the border is added first.
 */
function padding(node: OpNode, kernel: readonly number[], { strides, dilations }: { strides: Pair; dilations: Pair }): Padding {
  const [top = 0, left = 0, bottom = 0, right = 0] = node.integers('pads') ?? [];
  if (top + left + bottom + right === 0) return { pad: 'valid', before: (x) => x };
  const reach = kernel.map((side, i) => ((dilations[i] ?? 1) * (side - 1)) / 2);
  const same = strides.every((stride) => stride === 1) && top === reach[0] && bottom === reach[0] && left === reach[1] && right === reach[1];
  if (same) return { pad: 'same', before: (x) => x };
  const { tf } = node;
  return { pad: 'valid', before: (x) => tf.pad4d(x as Tensor4D, [[0, 0], [top, bottom], [left, right], [0, 0]]) };
}

interface Activation {
  readonly activation?: 'relu' | 'prelu';
  readonly preluActivationWeights?: Tensor;
}

function activation({ tf, activation: merged }: OpNode, channels: number): Activation {
  if (merged === undefined) return {};
  if (merged.op === 'Relu') return { activation: 'relu' };
  return { activation: 'prelu', preluActivationWeights: merged.weight(1, (slope) => tf.reshape(slope, [channels])) };
}

const pair = (values: readonly number[] | undefined): Pair => [values?.[0] ?? 1, values?.[1] ?? 1];
