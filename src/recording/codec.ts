/** JSON that keeps arrays of numbers to the bit: the same value always gives the same text. */

interface Packed {
  readonly $float32?: string;
  readonly $bytes?: string;
}

export function toText(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) => pack(part));
  // They are line breaks to some who read line by line.
  return text.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

export function fromText(text: string): unknown {
  return JSON.parse(text, (_, part: unknown) => unpack(part));
}

function pack(part: unknown): unknown {
  if (part instanceof Float32Array) return { $float32: Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString('base64') };
  if (part instanceof Uint8Array) return { $bytes: Buffer.from(part).toString('base64') };
  // A Buffer turns itself into this before it comes here.
  if (isBufferJson(part)) return { $bytes: Buffer.from(part.data).toString('base64') };
  return part;
}

function unpack(part: unknown): unknown {
  if (typeof part !== 'object' || part === null) return part;
  const { $float32, $bytes } = part as Packed;
  if ($float32 !== undefined) return new Float32Array(Uint8Array.from(Buffer.from($float32, 'base64')).buffer);
  if ($bytes !== undefined) return Uint8Array.from(Buffer.from($bytes, 'base64'));
  return part;
}

function isBufferJson(part: unknown): part is { readonly type: 'Buffer'; readonly data: number[] } {
  return typeof part === 'object' && part !== null && 'type' in part && part.type === 'Buffer' && 'data' in part && Array.isArray(part.data);
}
