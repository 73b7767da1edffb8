import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tf } from './backend.js';

/**
 * The one rule of where numbers lie: a value of four dimensions lies channels last, [N, H, W, C], because TF.js convolves nothing else
 * on most of its backends; any other value lies as ONNX has it. Shapes and axes in a network's file always mean ONNX's order.
 */
const LAID_OUT = [0, 2, 3, 1];
const BACK = [0, 3, 1, 2];

/** Where ONNX's axis (negative: from the end) of a value of `rank` dimensions lies. */
export function laidAxis(rank: number, axis: number): number {
  const plain = axis < 0 ? axis + rank : axis;
  return rank === 4 ? LAID_OUT.indexOf(plain) : plain;
}

export function layOut(tf: Tf, x: Tensor): Tensor {
  return x.rank === 4 ? tf.transpose(x, LAID_OUT) : x;
}

export function plain(tf: Tf, x: Tensor): Tensor {
  return x.rank === 4 ? tf.transpose(x, BACK) : x;
}

/** For broadcasting: the value with ones put before its shape until it has `rank` dimensions. */
export function widened(tf: Tf, x: Tensor, rank: number): Tensor {
  if (x.rank >= rank || rank < 4) return x;
  return layOut(tf, tf.reshape(x, [...Array<number>(rank - x.rank).fill(1), ...x.shape]));
}
