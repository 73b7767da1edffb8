import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { Built, OpNode } from './graph.js';

type Pair = [number, number];
type Explicit = [Pair, Pair, Pair, Pair];

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
    pad: padding(node),
    dilations: pair(node.integers('dilations')),
    ...(node.has(2) && { bias: node.weight(2, (b) => b) }),
    ...activation(node, channels),
  };
  const source = node.source(0);
  const convolve = depthwise ? tf.fused.depthwiseConv2d : tf.fused.conv2d;
  return { rank: 4, run: (values) => convolve({ x: source(values) as Tensor4D, ...options }) };
}

function depthwiseOrNot(node: OpNode, channels: number, perGroup: number): boolean {
  const groups = node.integer('group', 1);
  if (groups === 1) return false;
  if (groups !== channels || perGroup !== 1) node.refuse(`${groups} groups for ${channels} channels`);
  return true;
}

/**
 * Always by number: 'same' puts the odd pixel of a stride elsewhere than ONNX. The types of the convolution by channel forget this form of
 * padding; every backend has it.
 */
function padding(node: OpNode): Explicit & number {
  const [top = 0, left = 0, bottom = 0, right = 0] = node.integers('pads') ?? [];
  const explicit: Explicit = [[0, 0], [top, bottom], [left, right], [0, 0]];
  return explicit as Explicit & number;
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
