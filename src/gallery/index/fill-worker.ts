/** One of the threads that fill a shelf; ends when nothing is left to be filled. */
import { workerData } from 'node:worker_threads';
import { openForReading } from '../database.js';
import { filler, type Desk, type Shelf } from './fill.js';
import { ROWS_A_BLOCK } from './matrix.js';

export interface FillWorkerData {
  readonly dir: string;
  readonly shelf: Shelf;
  readonly desk: Desk | undefined;
  /** The next block to be filled, shared: whoever is free takes it. */
  readonly next: Int32Array<SharedArrayBuffer>;
}

const { dir, shelf, desk, next } = workerData as FillWorkerData;
const db = openForReading(dir);
try {
  const fill = filler(db, shelf, desk);
  const rows = shelf.labels.length;
  for (let from = 0; (from = Atomics.add(next, 0, 1) * ROWS_A_BLOCK) < rows;) fill(from, Math.min(rows, from + ROWS_A_BLOCK));
} finally {
  db.close();
}
