import type { Graph } from './graph.js';
import type { Matrix } from './matrix.js';

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
  #frozen = false;
  #changed = false;
  #written: boolean;

  constructor(matrix: Matrix, graph: Graph, waiting: Iterable<number>) {
    this.#matrix = matrix;
    this.graph = graph;
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

  /** Whether the graph has changed since it was last written or read. */
  get changed(): boolean {
    return this.#changed;
  }

  /** Whether the graph was built here, is finished and was never written. */
  get unsaved(): boolean {
    return !this.#written && this.#waiting.size === 0;
  }

  add(row: number): void {
    this.#waiting.add(row);
  }

  remove(row: number): void {
    if (this.#waiting.delete(row)) return;
    if (this.#frozen) this.#held.push(row);
    else this.graph.remove(row);
    this.#changed = true;
  }

  /** Gives one waiting row its place in the graph. Returns false when there is none, or the graph is frozen. */
  placeOne(): boolean {
    const row = this.#frozen ? undefined : this.#nextRow();
    if (row === undefined) return false;
    this.graph.add(row, this.#matrix.vector(row));
    this.#waiting.delete(row);
    this.#changed = true;
    return true;
  }

  #nextRow(): number | undefined {
    const next = this.#line.next();
    if (next.done !== true) return next.value;
    this.#line = this.#waiting.values();
    return this.#line.next().value as number | undefined;
  }

  /** Runs `write` while the graph stands still. */
  async whileFrozen<T>(write: (graph: Graph) => Promise<T>): Promise<T> {
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
