/** The wire format of Protocol Buffers, as much of it as an ONNX file needs. Source: protobuf.dev, "Encoding". */

const VARINT = 0;
const EIGHT_BYTES = 1;
const LENGTH = 2;
const FOUR_BYTES = 5;

/** One field of a message, read when asked: a view into the message's bytes. */
export class Field {
  constructor(
    readonly number: number,
    readonly wire: number,
    readonly bytes: Uint8Array,
  ) {}

  text(): string {
    return new TextDecoder('utf-8', { fatal: true }).decode(this.bytes);
  }

  float(): number {
    return this.floats()[0] ?? 0;
  }

  integer(): number {
    return this.integers()[0] ?? 0;
  }

  /** A repeated field comes packed into one, or one by one; either way these are the numbers of this piece. */
  floats(): Float32Array {
    if (this.bytes.length % 4 !== 0) throw new Error(`${this.bytes.length} bytes are no 32-bit numbers`);
    return new Float32Array(new Uint8Array(this.bytes).buffer); // a copy: the file's own are not aligned
  }

  integers(): number[] {
    if (this.wire !== VARINT && this.wire !== LENGTH) throw new Error(`field ${this.number} is no whole number`);
    const reader = new Reader(this.bytes);
    const found: number[] = [];
    while (!reader.done) found.push(reader.signed());
    return found;
  }
}

/** The fields of a message, in order. Throws a plain Error when the message ends too early or is none. */
export function* fields(message: Uint8Array): Generator<Field, void> {
  const reader = new Reader(message);
  while (!reader.done) {
    const key = Number(reader.varint());
    const wire = key & 7;
    yield new Field(Math.floor(key / 8), wire, reader.value(wire));
  }
}

class Reader {
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get done(): boolean {
    return this.#at === this.bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.#at++];
      if (byte === undefined) throw new Error('the file ends in the middle of a number');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error('a number has more than 64 bits');
  }

  signed(): number {
    return Number(BigInt.asIntN(64, this.varint()));
  }

  value(wire: number): Uint8Array {
    const start = this.#at;
    if (wire === VARINT) {
      this.varint();
      return this.bytes.subarray(start, this.#at);
    }
    return this.take(wire === LENGTH ? Number(this.varint()) : fixedLength(wire));
  }

  private take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.bytes.length) throw new Error('the file ends in the middle of a field');
    const taken = this.bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

/** A field as it stands in a message: what `fields` reads. */
export function fieldBytes(number: number, wire: number, value: Uint8Array): Uint8Array {
  return joined([varint(number * 8 + wire), ...(wire === LENGTH ? [varint(value.length)] : []), value]);
}

export const integerField = (number: number, value: number): Uint8Array => fieldBytes(number, VARINT, varint(value));

export const textField = (number: number, value: string): Uint8Array => fieldBytes(number, LENGTH, new TextEncoder().encode(value));

export const messageField = (number: number, parts: readonly Uint8Array[]): Uint8Array => fieldBytes(number, LENGTH, joined(parts));

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Whole numbers from 0 to 2^53. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Uint8Array.from([...bytes, left]);
    bytes.push((left % 128) + 128);
  }
}

function fixedLength(wire: number): number {
  if (wire === EIGHT_BYTES) return 8;
  if (wire === FOUR_BYTES) return 4;
  throw new Error(`wire type ${wire} is unknown`);
}
