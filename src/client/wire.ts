/**
 * Just enough of the protobuf wire format to read `google.rpc.Status` out of a trailer: strings, bytes and nested
 * messages. Saves a proto file and a dependency for three tiny messages whose field numbers never change.
 */
export type Fields = ReadonlyMap<number, readonly Buffer[]>;

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** The length-delimited fields of a message, by number; numbers are skipped. Throws RangeError when it is cut short. */
export function readFields(message: Buffer): Fields {
  const fields = new Map<number, Buffer[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message.readUInt8(at++);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const kind = tag % 8;
    if (kind === VARINT) varint();
    else if (kind === FIXED64) at += 8;
    else if (kind === FIXED32) at += 4;
    else if (kind === LENGTH_DELIMITED) {
      const length = varint();
      if (at + length > message.length) throw new RangeError('field longer than its message');
      const number = Math.floor(tag / 8);
      fields.set(number, [...(fields.get(number) ?? []), message.subarray(at, at + length)]);
      at += length;
    } else throw new RangeError(`unknown wire type ${kind}`);
  }
  return fields;
}

export const textOf = (fields: Fields, number: number): string => fields.get(number)?.at(-1)?.toString('utf8') ?? '';
