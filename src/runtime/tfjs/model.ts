import { type Field, fields } from './wire.js';

/** An ONNX network as its file has it: nodes in an order in which they can run, and the constants they read. */
export interface Model {
  /** Names of what has to be fed; constants are not among them. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, Constant>;
}

export interface Node {
  readonly op: string;
  /** Names of values; empty for one that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/** Only the part that the attribute's type calls for is filled. */
export interface Attribute {
  readonly integers: readonly number[];
  readonly text: string;
  readonly tensor: Constant | undefined;
}

export interface Constant {
  readonly shape: readonly number[];
  readonly data: Float32Array | readonly number[];
}

/** A network that is whole but asks for more than this runtime has. */
export class Unsupported extends Error {}

const OLDEST_OPSET = 13;

/** Field numbers are those of onnx.proto (ONNX 1.x). Throws Unsupported, or a plain Error when the bytes are no ONNX network. */
export function readModel(bytes: Uint8Array): Model {
  let model: Model | undefined;
  for (const field of fields(bytes)) {
    if (field.number === 7) model = readGraph(field.bytes);
    if (field.number === 8) checkOpset(field.bytes);
  }
  if (model === undefined || model.outputs.length === 0) throw new Error('it holds no network');
  return model;
}

function checkOpset(bytes: Uint8Array): void {
  let domain = '';
  let version = 0;
  for (const field of fields(bytes)) {
    if (field.number === 1) domain = field.text();
    if (field.number === 2) version = field.integer();
  }
  if (domain === '' && version < OLDEST_OPSET) throw new Unsupported(`operator set ${version} (from ${OLDEST_OPSET} on)`);
}

function readGraph(bytes: Uint8Array): Model {
  const nodes: Node[] = [];
  const constants = new Map<string, Constant>();
  const inputs: string[] = [];
  const outputs: string[] = [];
  for (const field of fields(bytes)) {
    if (field.number === 1) nodes.push(readNode(field.bytes));
    else if (field.number === 5) constants.set(...readTensor(field.bytes));
    else if (field.number === 11) inputs.push(readName(field.bytes));
    else if (field.number === 12) outputs.push(readName(field.bytes));
  }
  const rest = nodes.filter((node) => !isConstant(node, constants));
  return { inputs: inputs.filter((name) => !constants.has(name)), outputs, nodes: rest, constants };
}

/** Exporters write a constant either beside the nodes or as a node; here the second becomes the first. */
function isConstant({ op, outputs, attributes }: Node, constants: Map<string, Constant>): boolean {
  if (op !== 'Constant') return false;
  const tensor = attributes.get('value')?.tensor;
  if (tensor === undefined) throw new Unsupported('a Constant that is no tensor');
  constants.set(outputs[0] ?? '', tensor);
  return true;
}

function readNode(bytes: Uint8Array): Node {
  let [op, domain] = ['', ''];
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, Attribute>();
  for (const field of fields(bytes)) {
    if (field.number === 1) inputs.push(field.text());
    else if (field.number === 2) outputs.push(field.text());
    else if (field.number === 4) op = field.text();
    else if (field.number === 5) attributes.set(...readAttribute(field.bytes));
    else if (field.number === 7) domain = field.text();
  }
  return { op: domain === '' || domain === 'ai.onnx' ? op : `${domain}.${op}`, inputs, outputs, attributes };
}

function readAttribute(bytes: Uint8Array): [string, Attribute] {
  let [name, text] = ['', ''];
  let tensor: Constant | undefined;
  const integers: number[] = [];
  for (const field of fields(bytes)) {
    if (field.number === 1) name = field.text();
    else if (field.number === 3 || field.number === 8) integers.push(...field.integers());
    else if (field.number === 4) text = field.text();
    else if (field.number === 5) [, tensor] = readTensor(field.bytes);
  }
  return [name, { integers, text, tensor }];
}

const FLOAT = 1;
const INT64 = 7;

export function readTensor(bytes: Uint8Array): [string, Constant] {
  let [name, type] = ['', 0];
  const shape: number[] = [];
  const values: Field[] = [];
  for (const field of fields(bytes)) {
    if (field.number === 1) shape.push(...field.integers());
    else if (field.number === 2) type = field.integer();
    else if (field.number === 8) name = field.text();
    else if (field.number === 4 || field.number === 7 || field.number === 9) values.push(field);
    else if (field.number === 13) throw new Unsupported('weights outside the file');
  }
  if (type !== FLOAT && type !== INT64) throw new Unsupported(`numbers of ONNX type ${type}`);
  const data = type === FLOAT ? joined(values.map((field) => field.floats())) : values.flatMap(integersOf);
  if (data.length !== shape.reduce((a, b) => a * b, 1)) throw new Error(`constant ${name} is not whole`);
  return [name, { shape, data }];
}

const RAW = 9;

function joined(parts: readonly Float32Array[]): Float32Array {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Float32Array.from(parts.flatMap((part) => [...part]));
}

function integersOf(field: Field): number[] {
  return field.number === RAW ? [...new BigInt64Array(new Uint8Array(field.bytes).buffer)].map(Number) : field.integers();
}

function readName(bytes: Uint8Array): string {
  for (const field of fields(bytes)) if (field.number === 1) return field.text();
  throw new Error('a value has no name');
}
