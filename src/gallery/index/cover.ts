import { availableParallelism } from 'node:os';
import { VECTOR_BYTES } from '../vectors.js';
import type { Graph } from './graph.js';
import { Hand, HANDFUL, type HandRoom } from './hand.js';
import type { Matrix } from './matrix.js';

/** From so many waiting rows on, a second thread helps where there is a core for it. */
const HELPED_FROM = 4_096;

/**
 * A graph and what it does not know yet. Rows that wait for their place in the graph are searched one by one, so a face
 * can be found from the moment it is in the matrix, however long the graph takes.
 */
export class Cover {
  readonly graph: Graph;
  readonly #matrix: Matrix;
  readonly #waiting: Set<number>;
  /** Where the next row to place comes from. It sees what is added and deleted; a fresh one for each row would first pass all that are gone. */
  #line: Iterator<number>;
  /** Removals that came while the graph was being written out. */
  readonly #held: number[] = [];
  readonly #helpedFrom: number;
  #hand: Hand | undefined;
  /** Reserved once: memory is never given back. */
  #room: HandRoom | undefined;
  /** Rows that the other thread has; they wait until they are taken back. */
  #handed: readonly number[] = [];
  #frozen = false;
  #changed = false;
  #written: boolean;

  constructor(matrix: Matrix, graph: Graph, waiting: Iterable<number>, helpedFrom = HELPED_FROM) {
    this.#matrix = matrix;
    this.graph = graph;
    this.#helpedFrom = graph.links && availableParallelism() > 1 ? helpedFrom : Infinity;
    this.#waiting = new Set(waiting);
    this.#line = this.#waiting.values();
    this.#written = graph.size > 0;
  }

  get waiting(): ReadonlySet<number> {
    return this.#waiting;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** Whether the graph has links that have changed since they were last written or read. */
  get changed(): boolean {
    return this.graph.links && this.#changed;
  }

  /** Whether the graph has links that were found here, all of them, and never written. */
  get unsaved(): boolean {
    return this.graph.links && !this.#written && this.#waiting.size === 0;
  }

  add(row: number): void {
    this.#waiting.add(row);
  }

  remove(row: number): void {
    this.#halt();
    if (this.#waiting.delete(row)) return;
    if (this.#frozen) this.#held.push(row);
    else this.graph.remove(row);
    this.#changed = true;
  }

  /** Gives one waiting row its place in the graph. Returns false when there is none, or the graph is frozen. */
  placeOne(): boolean {
    if (this.#frozen) return false;
    this.#share();
    const row = this.#nextRow();
    if (row === undefined) return this.#handed.length > 0;
    if (row >= this.graph.nodes) this.#halt(); // it grows
    this.graph.add(row, this.#matrix.vector(row));
    this.#waiting.delete(row);
    this.#changed = true;
    return true;
  }

  /** No other thread works on it any more; what one had waits again. */
  close(): void {
    this.#hand?.close();
    this.#hand = undefined;
    this.#handed = [];
  }

  /** Keeps the other thread busy while there is much to do. */
  #share(): void {
    if (this.#hand === undefined) {
      if (this.#waiting.size < this.#helpedFrom) return;
      this.#room ??= { scratch: this.graph.hire(), vectors: this.graph.space.reserve(HANDFUL * VECTOR_BYTES) };
      this.#hand = new Hand(this.graph.space, this.#room);
    }
    if (!this.#hand.idle) return;
    this.#takeBack(this.#hand);
    if (this.#waiting.size < 2 * HANDFUL) {
      this.close();
      return;
    }
    const rows: number[] = [];
    for (let row = this.#nextRow(); row !== undefined; row = rows.length < HANDFUL ? this.#nextRow() : undefined) {
      this.graph.prepare(row);
      rows.push(row);
    }
    this.#handed = rows;
    this.#hand.give(rows, this.#matrix);
  }

  #halt(): void {
    if (this.#hand === undefined || this.#handed.length === 0) return;
    this.#hand.halt();
    this.#takeBack(this.#hand);
  }

  /** What an idle hand has linked waits no more. */
  #takeBack(hand: Hand): void {
    if (this.#handed.length === 0) return;
    for (const row of this.#handed.slice(0, hand.take())) {
      this.graph.linked(row);
      this.#waiting.delete(row);
      this.#changed = true;
    }
    this.#handed = [];
  }

  /** One that waits and is not handed to the other thread. */
  #nextRow(): number | undefined {
    for (let again = false; ; again = true) {
      for (let next = this.#line.next(); next.done !== true; next = this.#line.next()) if (!this.#handed.includes(next.value)) return next.value;
      if (again) return undefined;
      this.#line = this.#waiting.values();
    }
  }

  /** Runs `write` while the graph stands still. */
  async whileFrozen<T>(write: (graph: Graph) => Promise<T>): Promise<T> {
    this.#halt();
    this.#frozen = true;
    this.#changed = false;
    this.#written = true;
    try {
      return await write(this.graph);
    } catch (error) {
      this.#changed = true;
      throw error;
    } finally {
      this.#frozen = false;
      for (const row of this.#held.splice(0)) this.graph.remove(row);
    }
  }
}
