import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { Tf } from './backend.js';
import { conv } from './conv.js';
import type { Built, OpNode } from './graph.js';
import { laidAxis, layOut, plain } from './layout.js';

/** Turns a node into what computes it. Throws Unsupported for a use of the operator that no network of ours makes. */
export type Operator = (node: OpNode) => Built;

/** Every operator of the shipped networks; semantics are those of ONNX operator set 17. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['Add', binary((tf, a, b) => tf.add(a, b))],
  ['Concat', concat],
  ['Conv', conv],
  ['Div', binary((tf, a, b) => tf.div(a, b))],
  ['MatMul', matMul],
  ['Mul', binary((tf, a, b) => tf.mul(a, b))],
  ['PRelu', binary((tf, x, slope) => tf.prelu(x, slope))],
  ['ReduceMean', reduce((tf, x, axes) => tf.mean(x, axes, true))],
  ['ReduceSum', reduce((tf, x, axes) => tf.sum(x, axes, true))],
  ['Relu', unary((tf, x) => tf.relu(x))],
  ['Reshape', reshape],
  ['Resize', resize],
  ['Sigmoid', unary((tf, x) => tf.sigmoid(x))],
  ['Slice', slice],
  ['Softmax', softmax],
  ['Softplus', unary((tf, x) => tf.softplus(x))],
  ['Sqrt', unary((tf, x) => tf.sqrt(x))],
  ['Transpose', transpose],
]);

function unary(apply: (tf: Tf, x: Tensor) => Tensor): Operator {
  return (node) => {
    const x = node.source(0);
    return { rank: node.rank(0), run: (values) => apply(node.tf, x(values)) };
  };
}

/** With broadcasting. */
function binary(apply: (tf: Tf, a: Tensor, b: Tensor) => Tensor): Operator {
  return (node) => {
    const rank = Math.max(node.rank(0), node.rank(1));
    const [a, b] = [node.source(0, rank), node.source(1, rank)];
    return { rank, run: (values) => apply(node.tf, a(values), b(values)) };
  };
}

function concat(node: OpNode): Built {
  const rank = node.rank(0);
  const axis = laidAxis(rank, node.integer('axis', 0));
  const sources = Array.from({ length: node.count }, (_, input) => node.source(input));
  return { rank, run: (values) => node.tf.concat(sources.map((source) => source(values)), axis) };
}

/** Matrices in the last two dimensions, the others broadcast. */
function matMul(node: OpNode): Built {
  const rank = Math.max(node.rank(0), node.rank(1));
  if (rank > 3 || Math.min(node.rank(0), node.rank(1)) < 2) node.refuse(`values of ${node.rank(0)} and ${node.rank(1)} dimensions`);
  const [a, b] = [node.source(0), node.source(1)];
  return { rank, run: (values) => node.tf.matMul(a(values), b(values)) };
}

/** The axes are an attribute in older operator sets and an input in newer ones; none means all. */
function reduce(apply: (tf: Tf, x: Tensor, axes: number[]) => Tensor): Operator {
  return (node) => {
    const { tf } = node;
    const rank = node.rank(0);
    const axes = (node.numbers(1) ?? node.integers('axes') ?? [...Array(rank).keys()]).map((axis) => (axis < 0 ? axis + rank : axis));
    const laid = axes.map((axis) => laidAxis(rank, axis));
    const source = node.source(0);
    const kept = (x: Tensor): Tensor => apply(tf, x, laid);
    if (node.integer('keepdims', 1) === 1) return { rank, run: (values) => kept(source(values)) };
    const dropped = (x: Tensor): Tensor => tf.reshape(x, x.shape.filter((_, axis) => !axes.includes(axis)));
    return { rank: rank - axes.length, run: (values) => layOut(tf, dropped(plain(tf, kept(source(values))))) };
  };
}

/** 0 keeps a dimension, −1 takes what is left. */
function reshape(node: OpNode): Built {
  const { tf } = node;
  const wanted = node.numbers(1) ?? [];
  if (node.integer('allowzero', 0) !== 0) node.refuse('allowzero');
  const source = node.source(0);
  const shape = (x: Tensor): number[] => wanted.map((side, axis) => (side === 0 ? (x.shape[axis] ?? 0) : side));
  return {
    rank: wanted.length,
    run: (values) => {
      const x = plain(tf, source(values));
      return layOut(tf, tf.reshape(x, shape(x)));
    },
  };
}

/** Enlarging by whole factors, each pixel becoming a block. */
function resize(node: OpNode): Built {
  node.expect('mode', 'nearest');
  node.expect('coordinate_transformation_mode', 'asymmetric', 'half_pixel');
  node.expect('nearest_mode', 'floor', 'round_prefer_floor');
  if (node.rank(0) !== 4 || !node.has(2)) node.refuse('anything but factors for four dimensions');
  const [batch, channels, ...factors] = node.numbers(2) ?? [];
  const [down = 0, across = 0] = factors;
  if (batch !== 1 || channels !== 1 || !factors.every((factor) => Number.isInteger(factor))) node.refuse(`factors ${factors.join(', ')}`);
  const source = node.source(0);
  return {
    rank: 4,
    run: (values) => {
      const x = source(values) as Tensor4D;
      return node.tf.image.resizeNearestNeighbor(x, [x.shape[1] * down, x.shape[2] * across]);
    },
  };
}

function slice(node: OpNode): Built {
  const rank = node.rank(0);
  const [starts, ends] = [node.numbers(1) ?? [], node.numbers(2) ?? []];
  const axes = (node.numbers(3) ?? [...starts.keys()]).map((axis) => laidAxis(rank, axis));
  if (node.numbers(4)?.some((step) => step !== 1) === true) node.refuse('steps');
  const source = node.source(0);
  const run = (x: Tensor): Tensor => {
    const begin = x.shape.map((side, axis) => (axes.includes(axis) ? within(starts[axes.indexOf(axis)], side) : 0));
    const end = x.shape.map((side, axis) => (axes.includes(axis) ? within(ends[axes.indexOf(axis)], side) : side));
    return node.tf.slice(x, begin, end.map((stop, axis) => Math.max(0, stop - (begin[axis] ?? 0))));
  };
  return { rank, run: (values) => run(source(values)) };
}

/** A negative index counts from the end; one beyond it means it. */
const within = (index = 0, side: number): number => Math.min(side, Math.max(0, index < 0 ? index + side : index));

/** Written out, because TF.js knows it along the last axis alone. */
function softmax(node: OpNode): Built {
  const { tf } = node;
  const rank = node.rank(0);
  const axis = laidAxis(rank, node.integer('axis', -1));
  const source = node.source(0);
  const run = (x: Tensor): Tensor => {
    const powers = tf.exp(tf.sub(x, tf.max(x, axis, true)));
    return tf.div(powers, tf.sum(powers, axis, true));
  };
  return { rank, run: (values) => run(source(values)) };
}

function transpose(node: OpNode): Built {
  const { tf } = node;
  const rank = node.rank(0);
  const order = node.integers('perm') ?? [...Array(rank).keys()].reverse();
  const source = node.source(0);
  return { rank, run: (values) => layOut(tf, tf.transpose(plain(tf, source(values)), [...order])) };
}
