import { VectorSpace } from '../../simd/vector-space.js';
import { DIMENSIONS, VECTOR_BYTES } from '../vectors.js';

export const ROWS_A_BLOCK = 4096;
/** Rows compared at once. */
export const STRIDE = 256;
/** Marks a row without a face; labels start at 1. */
const FREE = 0;

/** Of all matrices of this thread; up to four gigabytes, which is four million faces. */
const space = new VectorSpace();
/** Where they lie, for threads that fill a matrix. */
export const VECTORS = space.memory;
const probeAt = space.reserve(VECTOR_BYTES);
/** A word more than the rows: the kernels' own. */
const cosinesAt = space.reserve((STRIDE + 1) * Float32Array.BYTES_PER_ELEMENT);

/** The cosine of a row, -1 to 1, with the probe it was made for. */
export type Sight = (row: number) => number;

/**
 * The vectors of a collection in memory, scaled to unit length, one row each. Grows by blocks, so nothing is ever copied; a
 * removed row is zeroed and used again.
 */
export class Matrix {
  /** Addresses, each of so many rows. */
  readonly blocks: number[] = [];
  readonly #labels: number[] = [];
  readonly #owners: number[] = [];
  readonly #free: number[] = [];
  /** Of the faces that were seated, by rows: ascending. Those that came since are in the map. */
  #seated: Uint32Array = new Uint32Array();
  readonly #rowOf = new Map<number, number>();

  /** Faces. */
  get size(): number {
    return this.rows - this.#free.length;
  }

  /** Rows, free ones among them. */
  get rows(): number {
    return this.#labels.length;
  }

  /** @param guess a row that is looked at first */
  row(label: number, guess = 0): number | undefined {
    if (label === FREE) return undefined;
    if (this.#labels[guess] === label) return guess;
    return this.#rowOf.get(label) ?? this.#seatedRow(label);
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
    this.makeRoom(row + 1);
    this.#labels[row] = label;
    this.#owners[row] = identity;
    this.#rowOf.set(label, row);
    normalise(vector, this.vector(row));
    return row;
  }

  makeRoom(rows: number): void {
    while (rows > this.blocks.length * ROWS_A_BLOCK) this.blocks.push(space.reserve(ROWS_A_BLOCK * VECTOR_BYTES));
  }

  /** Gives faces their rows in an empty matrix, in order from row 0; their vectors are zeros until somebody fills them in, scaled to unit length. */
  seat(labels: Uint32Array, identities: Uint32Array): void {
    if (this.rows > 0) throw new Error('faces are seated in an empty matrix only');
    this.makeRoom(labels.length);
    for (let row = 0; row < labels.length; row++) {
      this.#labels[row] = labels[row] as number;
      this.#owners[row] = identities[row] as number;
    }
    this.#seated = labels;
  }

  remove(row: number): void {
    this.#rowOf.delete(this.label(row));
    this.#labels[row] = FREE;
    this.vector(row).fill(0);
    this.#free.push(row);
  }

  /** A view, shape (256), until the matrix grows. */
  vector(row: number): Float32Array {
    return space.floats(this.#address(row), DIMENSIONS);
  }

  /**
   * Cosines with a probe of unit length, to be asked for one by one before the next `sight` on this thread. Rows asked for in
   * their order cost a tenth of rows asked for at random.
   */
  sight(probe: Float32Array): Sight {
    space.floats(probeAt, DIMENSIONS).set(probe);
    const cosines = space.floats(cosinesAt, STRIDE);
    let [first, end] = [0, 0];
    return (row) => {
      if (row < first || row >= end) {
        const inOrder = row === end && row > 0;
        const rest = ROWS_A_BLOCK - (row % ROWS_A_BLOCK);
        [first, end] = [row, row + (inOrder ? Math.min(STRIDE, rest) : 1)];
        space.kernels.dots(this.#address(row), end - first, probeAt, cosinesAt);
      }
      return Math.min(1, Math.max(-1, cosines[row - first] as number));
    };
  }

  /** The same for up to STRIDE rows at once, in whatever order: a view, until the next question. */
  cosines(probe: Float32Array, rows: readonly number[]): Float32Array {
    space.floats(probeAt, DIMENSIONS).set(probe);
    space.integers(cosinesAt, rows.length).set(rows.map((row) => this.#address(row)));
    space.kernels.dotsAt(cosinesAt, rows.length, probeAt);
    const cosines = space.floats(cosinesAt, rows.length);
    for (let i = 0; i < cosines.length; i++) cosines[i] = Math.min(1, Math.max(-1, cosines[i] as number));
    return cosines;
  }

  /** Its place among the ascending labels, if the face is still there. */
  #seatedRow(label: number): number | undefined {
    let [low, high] = [0, this.#seated.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#seated[middle] as number) < label) low = middle + 1;
      else high = middle;
    }
    return this.#labels[low] === label ? low : undefined;
  }

  #address(row: number): number {
    return (this.blocks[Math.floor(row / ROWS_A_BLOCK)] as number) + (row % ROWS_A_BLOCK) * VECTOR_BYTES;
  }
}

/** What float32 makes of a length of 1. */
const ROUNDING = 1e-6;

/** The vector that begins at `from`, in place. */
function scaleToUnit(vectors: Float32Array, from: number): void {
  let squares = 0;
  for (let i = from; i < from + DIMENSIONS; i++) squares += (vectors[i] as number) * (vectors[i] as number);
  if (Math.abs(squares - 1) <= ROUNDING || squares === 0) return;
  const scale = 1 / Math.sqrt(squares);
  for (let i = from; i < from + DIMENSIONS; i++) vectors[i] = (vectors[i] as number) * scale;
}

/** Writes `vector`, scaled to unit length, into `to`. */
export function normalise(vector: Float32Array, to: Float32Array = new Float32Array(DIMENSIONS)): Float32Array {
  to.set(vector);
  scaleToUnit(to, 0);
  return to;
}
