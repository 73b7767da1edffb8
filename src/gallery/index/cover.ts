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
  /** Removals that came while the graph was being written out. */
  readonly #held: number[] = [];
  #frozen = false;
  #changed = false;
  #unsaved: boolean;

  constructor(matrix: Matrix, graph: Graph, waiting: Iterable<number>) {
    this.#unsaved = graph.size === 0;
    this.#matrix = matrix;
    this.graph = graph;
    this.#waiting = new Set(waiting);
  }

  get waiting(): ReadonlySet<number> {
    return this.#waiting;
  }

  /** Tombstones, those included that are still held back. */
  get tombstones(): number {
    return this.graph.tombstones + this.#held.length;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** Whether the graph has changed since it was last written or read. */
  get changed(): boolean {
    return this.#changed;
  }

  /** Whether the graph was built here and never written, and may be. */
  get unsaved(): boolean {
    return this.#unsaved && this.tombstones === 0;
  }

  add(row: number): void {
    this.#waiting.add(row);
  }

  /** Before the row leaves the matrix. */
  remove(row: number): void {
    if (this.#waiting.delete(row)) return;
    if (this.#frozen) this.#held.push(this.#matrix.label(row));
    else this.graph.remove(this.#matrix.label(row));
    this.#changed = true;
  }

  /** Gives one waiting row its place in the graph. Returns false when there is none, or the graph is frozen. */
  placeOne(): boolean {
    if (this.#frozen) return false;
    for (const row of this.#waiting) {
      this.graph.add(this.#matrix.label(row), this.#matrix.vector(row));
      this.#waiting.delete(row);
      this.#changed = true;
      return true;
    }
    return false;
  }

  /** Runs `write` while the graph stands still. */
  async whileFrozen(write: (graph: Graph) => Promise<void>): Promise<void> {
    this.#frozen = true;
    this.#unsaved = false;
    this.#changed = false;
    try {
      await write(this.graph);
    } catch (error) {
      this.#changed = true;
      throw error;
    } finally {
      this.#frozen = false;
      for (const label of this.#held.splice(0)) this.graph.remove(label);
    }
  }
}
