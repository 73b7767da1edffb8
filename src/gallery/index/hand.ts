import { Worker } from 'node:worker_threads';
import type { GraphSpace } from '../../simd/graph-space.js';
import { DIMENSIONS, VECTOR_BYTES } from '../vectors.js';
import type { Matrix } from './matrix.js';

/** Nodes that another thread links before it looks up: some tens of milliseconds. */
export const HANDFUL = 32;
/** Places in the words that both threads share. */
export const WORD = { state: 0, count: 1, done: 2, halt: 3, failed: 4 } as const;
export const STATE = { idle: 0, busy: 1 } as const;

/** Addresses in the memory of the graph: room for a thread's work, and for the vectors of a handful. */
export interface HandRoom {
  readonly scratch: number;
  readonly vectors: number;
}

export interface HandData extends HandRoom {
  readonly memory: WebAssembly.Memory;
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly rows: Uint32Array<SharedArrayBuffer>;
}

const PATIENCE_MILLISECONDS = 1_000;

/** A second thread that links the nodes of a graph. Whoever has it gives it a few, and takes them back when it is idle. */
export class Hand {
  readonly #words = new Int32Array(new SharedArrayBuffer(4 * Object.keys(WORD).length));
  readonly #rows = new Uint32Array(new SharedArrayBuffer(4 * HANDFUL));
  readonly #worker: Worker;

  /** @param room this one's alone until it is closed */
  constructor(
    private readonly space: GraphSpace,
    private readonly room: HandRoom,
  ) {
    const data: HandData = { ...room, memory: space.memory, words: this.#words, rows: this.#rows };
    this.#worker = new Worker(new URL('./hand-worker.js', import.meta.url), { workerData: data });
    this.#worker.unref();
    this.#worker.once('error', () => {
      Atomics.store(this.#words, WORD.failed, 1);
      Atomics.store(this.#words, WORD.state, STATE.idle);
    });
  }

  get idle(): boolean {
    return Atomics.load(this.#words, WORD.state) === STATE.idle;
  }

  /** Up to `HANDFUL` nodes that have their places; while it is idle. */
  give(rows: readonly number[], matrix: Matrix): void {
    this.#rows.set(rows);
    for (const [i, row] of rows.entries()) this.space.floats(this.room.vectors + i * VECTOR_BYTES, DIMENSIONS).set(matrix.vector(row));
    Atomics.store(this.#words, WORD.count, rows.length);
    Atomics.store(this.#words, WORD.done, 0);
    Atomics.store(this.#words, WORD.halt, 0);
    Atomics.store(this.#words, WORD.state, STATE.busy);
    Atomics.notify(this.#words, WORD.state);
  }

  /** How many of what it was given are linked; the others were not begun. Throws if it failed: the graph is worth nothing then. */
  take(): number {
    if (Atomics.load(this.#words, WORD.failed) !== 0) throw new Error('the thread that helps to link the graph failed');
    return Atomics.load(this.#words, WORD.done);
  }

  /** Lets it finish the node that it is at, and waits for that. */
  halt(): void {
    Atomics.store(this.#words, WORD.halt, 1);
    while (!this.idle) Atomics.wait(this.#words, WORD.state, STATE.busy, PATIENCE_MILLISECONDS);
  }

  close(): void {
    this.halt();
    void this.#worker.terminate();
  }
}
