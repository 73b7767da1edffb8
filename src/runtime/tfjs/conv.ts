import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { Tf } from './backend.js';
import type { Built, OpNode } from './graph.js';

type Pair = [number, number];
type Explicit = [Pair, Pair, Pair, Pair];

const UNIT: Pair = [1, 1];

/** Input [N, H, W, C]; the filter comes as ONNX has it, [M, C / groups, KH, KW]; pads are top, left, bottom, right. */
export function conv(node: OpNode): Built {
  node.expect('auto_pad', 'NOTSET');
  const { tf } = node;
  const [channels = 0, perGroup = 0, ...kernel] = node.constant(1).shape;
  if (kernel.length !== 2) node.refuse(`a kernel of ${kernel.length} dimensions`);
  const depthwise = depthwiseOrNot(node, channels, perGroup);
  const dilations = pair(node.integers('dilations'));
  // TensorFlow's own kernel convolves by channel without gaps alone.
  const spread = depthwise && tf.getBackend() === 'tensorflow' ? dilations : UNIT;
  const options = {
    filter: node.weight(1, (w) => spreadOut(tf, tf.transpose(w, depthwise ? [2, 3, 0, 1] : [2, 3, 1, 0]), spread)) as Tensor4D,
    strides: pair(node.integers('strides')),
    pad: padding(node),
    dilations: spread === dilations ? UNIT : dilations,
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

/** A filter [KH, KW, …] with the gaps of its dilation filled with zeros: convolved without dilation it gives the same. */
export function spreadOut(tf: Tf, filter: Tensor, [down, across]: Readonly<Pair>): Tensor {
  const [height = 1, width = 1, ...rest] = filter.shape;
  if (down === 1 && across === 1) return filter;
  const apart = tf.reshape(filter, [height, 1, width, 1, rest.reduce((a, b) => a * b, 1)]);
  const padded = tf.pad(apart, [[0, 0], [0, down - 1], [0, 0], [0, across - 1], [0, 0]]);
  const whole = tf.reshape(padded, [height * down, width * across, ...rest]);
  return tf.slice(whole, whole.shape.map(() => 0), [(height - 1) * down + 1, (width - 1) * across + 1, ...rest]);
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
