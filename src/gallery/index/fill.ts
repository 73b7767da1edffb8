import { graphKernels } from '../../simd/graph-space.js';
import { vectorKernels } from '../../simd/vector-space.js';
import type { Connection } from '../database.js';
import { VECTOR_BYTES } from '../vectors.js';
import { ROWS_A_BLOCK } from './matrix.js';

/** Faces that cross from SQLite at a time: one row for all their vectors. A row each takes five times as long, and thousands at once twice. */
const STRETCH = 128;

/** Rows of a matrix that wait for their vectors, and what a thread has to know to bring them. */
export interface Shelf {
  readonly collection: string;
  /** Of the rows, in order, ascending; shared memory. */
  readonly labels: Uint32Array<SharedArrayBuffer>;
  readonly vectors: WebAssembly.Memory;
  /** Addresses there. */
  readonly blocks: readonly number[];
}

/** A graph whose nodes get their vectors on the way, and an address in its memory for a stretch of them, each thread's own. */
export interface Desk {
  readonly memory: WebAssembly.Memory;
  readonly at: number;
}

export const DESK_BYTES = STRETCH * VECTOR_BYTES;

interface Some {
  readonly count: number;
  readonly sum: number | null;
  readonly vectors: Buffer | null;
}

/** Brings the vectors of rows `from` to `to` of a shelf, scaled to unit length. A row whose face went meanwhile stays as it is. */
export function filler(db: Connection, { collection, labels, vectors, blocks }: Shelf, desk?: Desk): (from: number, to: number) => void {
  const kernels = vectorKernels(vectors);
  const graph = desk && { ...desk, kernels: graphKernels(desk.memory) };
  const faces = `SELECT label, vector FROM face NOT INDEXED WHERE label BETWEEN ? AND ? AND collection = (SELECT number FROM collection WHERE name = ?) ORDER BY label`;
  const some = db.prepare<[number, number, string], Some>(
    `SELECT count(*) AS count, sum(label) AS sum, CAST(group_concat(vector, '') AS BLOB) AS vectors FROM (${faces})`);
  const each = db.prepare<[number, number, string], { label: number; vector: Buffer }>(faces);
  const address = (row: number): number => (blocks[Math.floor(row / ROWS_A_BLOCK)] as number) + (row % ROWS_A_BLOCK) * VECTOR_BYTES;

  /** One by one, when the database holds others than it did. */
  const fetchEach = (wanted: Uint32Array, to: Uint8Array): void => {
    for (const { label, vector } of each.iterate(wanted[0] ?? 0, wanted.at(-1) ?? 0, collection)) {
      const row = wanted.indexOf(label);
      if (vector.length !== VECTOR_BYTES) throw new Error(`the vector of face number ${label} has ${vector.length} bytes`);
      if (row >= 0) to.set(vector, row * VECTOR_BYTES);
    }
  };
  const fetch = (wanted: Uint32Array, to: Uint8Array): void => {
    const found = some.get(wanted[0] ?? 0, wanted.at(-1) ?? 0, collection);
    const asExpected = found?.count === wanted.length && found.sum === wanted.reduce((sum, label) => sum + label, 0);
    if (asExpected && found.vectors?.length === to.length) to.set(found.vectors);
    else fetchEach(wanted, to);
  };

  return (from, to) => {
    for (let row = from; row < to;) {
      const rows = Math.min(STRETCH, to - row, ROWS_A_BLOCK - (row % ROWS_A_BLOCK));
      const at = address(row);
      const bytes = new Uint8Array(vectors.buffer, at, rows * VECTOR_BYTES);
      fetch(labels.subarray(row, row + rows), bytes);
      kernels.toUnitLength(at, rows);
      if (graph !== undefined) {
        new Uint8Array(graph.memory.buffer, graph.at, bytes.length).set(bytes);
        for (let i = 0; i < rows; i++) graph.kernels.place(row + i, graph.at + i * VECTOR_BYTES);
      }
      row += rows;
    }
  };
}
