/** Numbers of an embedding. */
export const DIMENSIONS = 256;
export const VECTOR_BYTES = DIMENSIONS * Float32Array.BYTES_PER_ELEMENT;

/** Embeddings one after the other in a buffer of their own, ready to be transferred to another thread. */
export function pack(embeddings: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const packed = new Float32Array(embeddings.length * DIMENSIONS);
  for (const [place, embedding] of embeddings.entries()) packed.set(embedding, place * DIMENSIONS);
  return packed;
}

export function unpack(packed: Float32Array, place: number): Float32Array {
  return packed.subarray(place * DIMENSIONS, (place + 1) * DIMENSIONS);
}

/** The bytes of one embedding, for a blob; little-endian, as every machine that Node runs on. */
export function toBlob(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}

/** A blob may lie at any byte of its buffer; floats may not, hence the copy. */
export function fromBlob(blob: Uint8Array): Float32Array<ArrayBuffer> {
  return new Float32Array(Uint8Array.from(blob).buffer);
}
