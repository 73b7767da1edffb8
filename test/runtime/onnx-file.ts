/** Writes small ONNX networks for tests. Field numbers are those of onnx.proto. */

export interface NodeSpec {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Whole numbers, lists of them, or text. */
  readonly attributes?: Readonly<Record<string, number | readonly number[] | string>>;
}

export interface ConstantSpec {
  readonly shape: readonly number[];
  /** Floats, unless `whole`. */
  readonly data: readonly number[];
  readonly whole?: true;
}

export interface NetworkSpec {
  readonly nodes: readonly NodeSpec[];
  readonly constants?: Readonly<Record<string, ConstantSpec>>;
  /** Names of the outputs. The input is `x`, of four dimensions. */
  readonly outputs: readonly string[];
  readonly opset?: number;
}

export function onnxFile({ nodes, constants = {}, outputs, opset = 17 }: NetworkSpec): Uint8Array {
  const graph = message(
    ...nodes.map((node) => field(1, nodeMessage(node))),
    field(2, text('test')),
    ...Object.entries(constants).map(([name, constant]) => field(5, tensor(name, constant))),
    field(11, value('x', 4)),
    ...outputs.map((name) => field(12, value(name))),
  );
  return message(number(1, 8), field(7, graph), field(8, message(field(1, text('')), number(2, opset))));
}

function nodeMessage({ op, inputs, output, attributes = {} }: NodeSpec): Uint8Array {
  return message(
    ...inputs.map((name) => field(1, text(name))),
    field(2, text(output)),
    field(4, text(op)),
    ...Object.entries(attributes).map(([name, given]) => field(5, attribute(name, given))),
  );
}

function attribute(name: string, given: number | readonly number[] | string): Uint8Array {
  if (typeof given === 'string') return message(field(1, text(name)), field(4, text(given)), number(20, 3));
  if (typeof given === 'number') return message(field(1, text(name)), number(3, given), number(20, 2));
  return message(field(1, text(name)), ...given.map((item) => number(8, item)), number(20, 7));
}

function tensor(name: string, { shape, data, whole }: ConstantSpec): Uint8Array {
  const values = whole === true ? BigInt64Array.from(data, BigInt) : Float32Array.from(data);
  return message(
    ...shape.map((side) => number(1, side)),
    number(2, whole === true ? 7 : 1),
    field(8, text(name)),
    field(9, new Uint8Array(values.buffer)),
  );
}

/** A float value of so many unknown dimensions, or of an unknown number of them. */
function value(name: string, dimensions?: number): Uint8Array {
  const shape = dimensions === undefined ? [] : [field(2, message(...Array.from({ length: dimensions }, (_, i) => field(1, field(2, text(`d${i}`))))))];
  return message(field(1, text(name)), field(2, field(1, message(number(1, 1), ...shape))));
}

const text = (given: string): Uint8Array => new TextEncoder().encode(given);
const message = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const number = (tag: number, given: number): Uint8Array => message(varint(tag * 8), varint(given));
const field = (tag: number, bytes: Uint8Array): Uint8Array => message(varint(tag * 8 + 2), varint(bytes.length), bytes);

function varint(given: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(given));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Uint8Array.of(...bytes, Number(rest));
}
