import { Best, type Candidate } from './best.js';
import { Cover } from './cover.js';
import { EXACT_UP_TO } from './exact-limit.js';
import { Graph } from './graph.js';
import { Matrix, normalise } from './matrix.js';

/** The share of tombstones at which a graph is built anew. */
const TOMBSTONE_SHARE = 0.3;
/** Faces fetched from the graph for each identity wanted: people have several. */
const OVER_FETCH = 4;
/** So many near faces of so few people: a look at all is no dearer. */
const MOST_FETCHED = 1_024;
const LEAST_EF = 128;
const MOST_EF = 400;

/** Searches one collection: exactly while it is small, by a graph and an exact look at the graph's waiting rows when it is large. */
export class CollectionIndex {
  readonly matrix = new Matrix();
  readonly #exactUpTo: number;
  #serving: Cover | undefined;
  /** Built beside the serving cover, to take its place. */
  #next: Cover | undefined;

  constructor(exactUpTo = EXACT_UP_TO) {
    this.#exactUpTo = exactUpTo;
  }

  get serving(): Cover | undefined {
    return this.#serving;
  }

  /** Makes the index hold exactly this for the label; the vector of a label never changes. */
  set(label: number, identity: number, vector: Float32Array): void {
    const known = this.matrix.row(label);
    if (known !== undefined) {
      this.matrix.setOwner(known, identity);
      return;
    }
    const row = this.matrix.add(label, identity, vector);
    this.#serving?.add(row);
    this.#next?.add(row);
  }

  /** Returns whether the label was there. */
  remove(label: number): boolean {
    const row = this.matrix.row(label);
    if (row === undefined) return false;
    this.#serving?.remove(row);
    this.#next?.remove(row);
    this.matrix.remove(row);
    return true;
  }

  /** Serves from a graph that was saved; returns how many of its faces are gone. The matrix must be loaded. */
  adopt(graph: Graph): number {
    const labels = graph.labels();
    const known = new Set(labels);
    const gone = labels.filter((label) => this.matrix.row(label) === undefined);
    const waiting = [...this.matrix.labels()].filter((label) => !known.has(label)).map((label) => this.matrix.row(label) as number);
    for (const label of gone) graph.remove(label);
    this.#serving = new Cover(this.matrix, graph, waiting);
    return gone.length;
  }

  /** Drops the graphs; answers are exact until `work` has built another. */
  dropGraphs(): void {
    this.#serving = undefined;
    this.#next = undefined;
  }

  /** The best identities for one probe, best first. */
  search(probe: Float32Array, topK: number): readonly Candidate[] {
    const unit = normalise(probe);
    const cover = this.#serving;
    if (cover === undefined || cover.waiting.size * 2 > this.matrix.size) return this.#searchAll(unit, topK);
    for (let fetch = topK * OVER_FETCH; ; fetch *= 2) {
      const best = new Best(topK);
      const near = cover.graph.near(unit, Math.min(fetch, cover.graph.size), this.#ef(fetch));
      for (const label of near) this.#offer(best, this.matrix.row(label), unit);
      for (const row of cover.waiting) this.#offer(best, row, unit);
      if (best.list.length === topK) return best.list;
      if (near.length < fetch || fetch >= MOST_FETCHED) return this.#searchAll(unit, topK);
    }
  }

  /** Does a little of the building that is due. Returns whether more is left. */
  work(): boolean {
    this.#plan();
    const cover = this.#next ?? this.#serving;
    if (cover === undefined) return false;
    const placed = cover.placeOne();
    if (this.#next !== undefined && this.#next.waiting.size === 0) {
      this.#serving = this.#next;
      this.#next = undefined;
      return this.#serving.waiting.size > 0;
    }
    return placed;
  }

  /** Starts a graph when one is wanted, or a better one. */
  #plan(): void {
    if (this.#next !== undefined) return;
    const { size } = this.matrix;
    if (size <= this.#exactUpTo) {
      // A margin, so that a collection at the border does not build and drop by turns.
      if (size < this.#exactUpTo * 0.8) this.#serving = undefined;
      return;
    }
    const serving = this.#serving;
    const worn = serving !== undefined && serving.tombstones > serving.graph.size * TOMBSTONE_SHARE;
    if (serving === undefined || worn) {
      const rows = [...this.matrix.labels()].map((label) => this.matrix.row(label) as number);
      this.#next = new Cover(this.matrix, Graph.empty(Math.ceil(size * 1.25)), rows);
    }
  }

  #searchAll(unit: Float32Array, topK: number): readonly Candidate[] {
    const best = new Best(topK);
    for (let row = 0; row < this.matrix.rows; row++) if (!this.matrix.isFree(row)) this.#offer(best, row, unit);
    return best.list;
  }

  #offer(best: Best, row: number | undefined, unit: Float32Array): void {
    if (row === undefined) return;
    const similarity = this.matrix.similarity(row, unit);
    if (similarity < best.bar) return;
    best.offer({ label: this.matrix.label(row), identity: this.matrix.owner(row), similarity });
  }

  /** Breadth grows with the collection (about 250 at 100,000 faces), for recall, and with what is fetched. */
  #ef(fetch: number): number {
    return Math.max(LEAST_EF, fetch, Math.min(MOST_EF, Math.round(0.8 * Math.sqrt(this.matrix.size))));
  }
}
