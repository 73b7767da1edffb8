import { DIMENSIONS } from '../vectors.js';

const ROWS_A_BLOCK = 4096;
/** Marks a row without a face; labels start at 1. */
const FREE = 0;

/**
 * The vectors of a collection in memory, scaled to unit length, one row each. Grows by blocks, so nothing is ever copied; a
 * removed row is zeroed and used again.
 */
export class Matrix {
  readonly #blocks: Float32Array[] = [];
  readonly #labels: number[] = [];
  readonly #owners: number[] = [];
  readonly #free: number[] = [];
  readonly #rowOf = new Map<number, number>();

  /** Faces. */
  get size(): number {
    return this.#rowOf.size;
  }

  /** Rows, free ones among them. */
  get rows(): number {
    return this.#labels.length;
  }

  labels(): Iterable<number> {
    return this.#rowOf.keys();
  }

  row(label: number): number | undefined {
    return this.#rowOf.get(label);
  }

  label(row: number): number {
    return this.#labels[row] ?? FREE;
  }

  isFree(row: number): boolean {
    return this.label(row) === FREE;
  }

  /** The identity that the face of this row belongs to. */
  owner(row: number): number {
    return this.#owners[row] ?? 0;
  }

  setOwner(row: number, identity: number): void {
    this.#owners[row] = identity;
  }

  add(label: number, identity: number, vector: Float32Array): number {
    const row = this.#free.pop() ?? this.#labels.length;
    if (row >= this.#blocks.length * ROWS_A_BLOCK) this.#blocks.push(new Float32Array(ROWS_A_BLOCK * DIMENSIONS));
    this.#labels[row] = label;
    this.#owners[row] = identity;
    this.#rowOf.set(label, row);
    normalise(vector, this.vector(row));
    return row;
  }

  remove(row: number): void {
    this.#rowOf.delete(this.label(row));
    this.#labels[row] = FREE;
    this.vector(row).fill(0);
    this.#free.push(row);
  }

  /** A view, shape (256). */
  vector(row: number): Float32Array {
    const start = (row % ROWS_A_BLOCK) * DIMENSIONS;
    return this.#block(row).subarray(start, start + DIMENSIONS);
  }

  /** The cosine of a row with a probe of unit length, -1 to 1. */
  similarity(row: number, probe: Float32Array): number {
    const cosine = dot(this.#block(row), (row % ROWS_A_BLOCK) * DIMENSIONS, probe);
    return Math.min(1, Math.max(-1, cosine));
  }

  #block(row: number): Float32Array {
    return this.#blocks[Math.floor(row / ROWS_A_BLOCK)] as Float32Array;
  }
}

/** Writes `vector`, scaled to unit length, into `to`. */
export function normalise(vector: Float32Array, to: Float32Array = new Float32Array(vector.length)): Float32Array {
  const length = Math.sqrt(dot(vector, 0, vector));
  const scale = length > 0 ? 1 / length : 0;
  for (let i = 0; i < vector.length; i++) to[i] = (vector[i] as number) * scale;
  return to;
}

/** Four sums side by side: the additions need not wait for each other. */
function dot(rows: Float32Array, start: number, probe: Float32Array): number {
  let a = 0, b = 0, c = 0, d = 0;
  for (let i = 0, j = start; i < DIMENSIONS; i += 4, j += 4) {
    a += (rows[j] as number) * (probe[i] as number);
    b += (rows[j + 1] as number) * (probe[i + 1] as number);
    c += (rows[j + 2] as number) * (probe[i + 2] as number);
    d += (rows[j + 3] as number) * (probe[i + 3] as number);
  }
  return a + b + (c + d);
}
