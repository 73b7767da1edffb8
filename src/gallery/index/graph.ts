import hnswlib from 'hnswlib-node';
import { DIMENSIONS } from '../vectors.js';

export const GRAPH_PARAMETERS = { m: 24, efConstruction: 300, seed: 100 } as const;
const GROWTH = 1.5;

/**
 * An HNSW graph over labels. It only proposes neighbours: similarities come from the matrix. A label is added once, and a removed
 * one stays as a tombstone that leads searches on but is never proposed.
 */
export class Graph {
  readonly #hnsw: InstanceType<typeof hnswlib.HierarchicalNSW>;
  #tombstones = 0;

  private constructor(hnsw: InstanceType<typeof hnswlib.HierarchicalNSW>) {
    this.#hnsw = hnsw;
  }

  static empty(capacity: number): Graph {
    const hnsw = new hnswlib.HierarchicalNSW('ip', DIMENSIONS);
    const { m, efConstruction, seed: randomSeed } = GRAPH_PARAMETERS;
    hnsw.initIndex({ maxElements: capacity, m, efConstruction, randomSeed });
    return new Graph(hnsw);
  }

  /** The file must have been checked: the library reads a damaged one without a word. Throws if it cannot be read. */
  static async read(file: string): Promise<Graph> {
    const hnsw = new hnswlib.HierarchicalNSW('ip', DIMENSIONS);
    await hnsw.readIndex(file);
    return new Graph(hnsw);
  }

  /** Labels, tombstones included. */
  get size(): number {
    return this.#hnsw.getCurrentCount();
  }

  get tombstones(): number {
    return this.#tombstones;
  }

  labels(): number[] {
    return this.#hnsw.getIdsList();
  }

  add(label: number, vector: Float32Array): void {
    if (this.size >= this.#hnsw.getMaxElements()) this.#hnsw.resizeIndex(Math.ceil(this.size * GROWTH) + 1024);
    this.#hnsw.addPoint(Array.from(vector), label);
  }

  remove(label: number): void {
    this.#hnsw.markDelete(label);
    this.#tombstones++;
  }

  /** Up to `count` labels near a probe; `ef` is the breadth of the search. */
  near(probe: Float32Array, count: number, ef: number): number[] {
    this.#hnsw.setEf(ef);
    return this.#hnsw.searchKnn(Array.from(probe), count).neighbors;
  }

  /** Off this thread; the graph must not change until it is done. */
  async write(file: string): Promise<void> {
    await this.#hnsw.writeIndex(file);
  }
}
