/** What is looked for, and how short a run of it counts. */
export interface Needle {
  readonly kind: 'vector' | 'row' | 'name' | 'folded name' | 'external id' | 'consent reference' | 'label' | 'metadata' | 'visit';
  readonly bytes: Uint8Array;
  /** Bytes: any run of this many is a find. The whole needle's length where only the whole says something. */
  readonly piece: number;
}

/** A piece of a vector that says something of its owner: 16 numbers. */
const VECTOR_PIECE = 64;
/** Shorter texts turn up by chance: among a gigabyte of vectors four bytes do in one case of four, six do not. */
const SHORTEST_TEXT = 6;

export const vectorNeedle = (vector: Uint8Array): Needle => ({ kind: 'vector', bytes: vector, piece: VECTOR_PIECE });

export function textNeedle(kind: Needle['kind'], text: string): Needle {
  const bytes = Buffer.from(text);
  return { kind, bytes, piece: bytes.length };
}

export const isSearchable = ({ kind, bytes }: Needle): boolean => kind === 'vector' || bytes.length >= SHORTEST_TEXT;
