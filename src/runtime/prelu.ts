import { readTensor } from './tfjs/model.js';
import { type Field, fieldBytes, fields, integerField, joined, messageField, textField } from './tfjs/wire.js';

/**
 * ONNX Runtime computes PRelu on a CPU value by value with a branch that no processor can foresee, and leaves the blocked layout of its convolutions
 * around each: a third of the embedder's time. The same function in operators that it has vectors for, a being a channel's slope:
 *
 *     a ≤ 1 in all channels:  a·x + relu((1 − a)·x)        else:  a·x + (1 − a)·relu(x)
 *
 * where a·x is a convolution of one value a channel, which takes the sum in the same pass. Field numbers are those of onnx.proto (ONNX 1.x).
 */

const GRAPH = 7;
const NODE = 1;
const INITIALIZER = 5;

/** The network with every PRelu that has a slope a channel and follows a convolution written so. Throws a plain Error when the bytes are no ONNX network. */
export function withoutPRelu(model: Uint8Array): Uint8Array {
  return joined([...fields(model)].map((field) => (field.number === GRAPH ? messageField(GRAPH, rewritten(field.bytes)) : raw(field))));
}

const raw = ({ number, wire, bytes }: Field): Uint8Array => fieldBytes(number, wire, bytes);

function rewritten(graph: Uint8Array): Uint8Array[] {
  const all = [...fields(graph)];
  const constants = new Map(all.filter(({ number }) => number === INITIALIZER).map(({ bytes }) => [texts(bytes, 8)[0], bytes]));
  const convolved = new Set<string>();
  return all.flatMap((field) => {
    if (field.number !== NODE) return [raw(field)];
    const [[x = '', slope = ''], [y = ''], [op]] = [texts(field.bytes, 1), texts(field.bytes, 2), texts(field.bytes, 4)];
    if (op === 'Conv') convolved.add(y);
    const slopes = op === 'PRelu' && convolved.has(x) ? perChannel(constants.get(slope)) : undefined;
    return slopes === undefined ? [raw(field)] : replacement(x, slopes, y);
  });
}

/** The texts of one field of a message. Nothing else is read: what this has no use for may be of any kind. */
function texts(message: Uint8Array, number: number): string[] {
  return [...fields(message)].filter((field) => field.number === number).map((field) => field.text());
}

/** Of a constant [C, 1, 1] or [1, C, 1, 1]. */
function perChannel(tensor: Uint8Array | undefined): Float32Array | undefined {
  if (tensor === undefined) return undefined;
  const [, { data, shape }] = readTensor(tensor);
  const [channels, ...rest] = shape.length === 4 ? shape.slice(1) : shape;
  return data instanceof Float32Array && rest.length === 2 && channels === data.length ? data : undefined;
}

function replacement(x: string, slopes: Float32Array, y: string): Uint8Array[] {
  const [scaled, share, cut] = [`${y}/scaled`, `${y}/share`, `${y}/cut`];
  const rest = slopes.map((slope) => 1 - slope);
  const [a, b] = [weights(`${y}/a`, slopes), weights(`${y}/b`, rest)];
  const scale = node('Conv', [x, `${y}/a`], scaled, slopes.length);
  if (slopes.every((slope) => slope <= 1)) {
    return [a, b, node('Conv', [x, `${y}/b`], share, slopes.length), node('Relu', [share], cut), scale, node('Add', [scaled, cut], y)];
  }
  return [a, b, node('Relu', [x], cut), scale, node('Conv', [cut, `${y}/b`], share, slopes.length), node('Add', [scaled, share], y)];
}

/** @param channels a convolution's groups: each channel by itself */
function node(op: string, inputs: readonly string[], output: string, channels?: number): Uint8Array {
  const attributes = channels === undefined ? [] : [messageField(5, [textField(1, 'group'), integerField(3, channels), integerField(20, 2)])];
  return messageField(NODE, [...inputs.map((input) => textField(1, input)), textField(2, output), textField(3, output), textField(4, op), ...attributes]);
}

/** Float32 [C, 1, 1, 1]. */
function weights(name: string, values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  const shape = [values.length, 1, 1, 1].map((side) => integerField(1, side));
  return messageField(INITIALIZER, [...shape, integerField(2, 1), textField(8, name), messageField(9, [bytes])]);
}
