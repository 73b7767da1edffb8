import { availableParallelism } from 'node:os';
import type { Reach } from '../../types.js';
import { Admission } from './admission.js';
import { Best, type Candidate } from './best.js';
import { Cover } from './cover.js';
import { Graph, type Neighbour } from './graph.js';
import { Matrix, normalise } from './matrix.js';
import { planOf } from './plan.js';
import { Refusal } from './refusal.js';
import { Roster } from './roster.js';
import { TIERS, type Tiers } from './tiers.js';
import { MOST_PROPOSED, MOST_SHARED, Walker } from './walker.js';

/** So many near faces of so few people: a look at all is no dearer. */
const MOST_FETCHED = MOST_PROPOSED;
/** So few rows that pass a filter are compared one by one: no dearer than the graph, and exact. Measured: docs/decisions. */
const SCAN_UP_TO = 4_000;
/** Faces that the graph proposed are looked at so many together, which memory likes. */
const LOOKED_AT = 32;
/** A proposed face whose cosine is said to be so much less than is wanted is not looked at: four times what the graph is off by. */
const DOUBT = 0.03;

/** Compared in one go when nobody is to be held up: less than a tenth of a millisecond. */
const GENTLE_ROWS = 512;

/** So that a collection at the border between two ways does not go back and forth. */
const MARGIN = 0.8;
/** From so many probes at once on, and so many faces, a second thread takes some of them. */
const SHARED_FROM = { probes: 4, faces: 20_000 } as const;

interface Wish {
  readonly topK: number;
  readonly admission: Admission;
  readonly refusal: Refusal;
  /** What another thread may have found meanwhile. */
  readonly ahead?: (() => readonly Neighbour[] | undefined) | undefined;
}

/** Searches one collection: exactly while it is small; by what a few bits of each face, or a graph, propose and an exact look at that and at the rows that wait, when it is large. */
export class CollectionIndex {
  readonly matrix = new Matrix();
  /** Kept in step with the matrix here; what it knows of people comes from outside. */
  readonly roster = new Roster();
  readonly #tiers: Tiers;
  #serving: Cover | undefined;
  #walker: { readonly of: Cover; readonly walker: Walker } | undefined;
  /** Built beside the serving cover, to take its place. */
  #next: Cover | undefined;

  constructor(tiers = TIERS) {
    this.#tiers = tiers;
  }

  get serving(): Cover | undefined {
    return this.#serving;
  }

  /** Faces that are compared one by one until the graph has taken them in. */
  get waiting(): number {
    return this.#serving?.waiting.size ?? this.#next?.waiting.size ?? 0;
  }

  /** Makes the index hold exactly this for the label; the vector of a label never changes. */
  set(label: number, identity: number, vector: Float32Array): void {
    const known = this.matrix.row(label);
    if (known !== undefined) {
      this.#setOwner(known, identity);
      return;
    }
    this.#walker?.walker.settle();
    const row = this.matrix.add(label, identity, vector);
    this.roster.add(row, identity);
    this.#serving?.add(row);
    this.#next?.add(row);
  }

  /** Gives many faces their rows while it is empty, without their vectors. */
  seat(labels: Uint32Array, identities: Uint32Array): void {
    this.matrix.seat(labels, identities);
    identities.forEach((identity, row) => { this.roster.add(row, identity); });
  }

  /** Returns whether the label was there. */
  remove(label: number): boolean {
    const row = this.matrix.row(label);
    if (row === undefined) return false;
    this.#walker?.walker.settle();
    this.#serving?.remove(row);
    this.#next?.remove(row);
    this.roster.remove(row, this.matrix.owner(row));
    this.matrix.remove(row);
    return true;
  }

  /** Serves from a graph that was saved. The matrix must be loaded. */
  adopt(graph: Graph): void {
    this.#serving = new Cover(this.matrix, graph, this.#rows((row) => !graph.has(row)));
  }

  /** Drops the graphs; answers are exact until `work` has built another. */
  dropGraphs(): void {
    this.#serving?.close();
    this.#next?.close();
    this.#walker?.walker.close();
    this.#walker = undefined;
    this.#serving = undefined;
    this.#next = undefined;
  }

  /** The best identities for one probe that may be named, best first. */
  search(probe: Float32Array, topK: number, admission = new Admission(this.roster), ahead?: Wish['ahead']): readonly Candidate[] {
    const unit = normalise(probe);
    const few = admission.fewRows(SCAN_UP_TO);
    const wish = { topK, admission, refusal: new Refusal(this.roster, unit), ahead };
    if (few !== undefined) return this.#searchRows(few, unit, wish);
    return this.#searchGraph(unit, wish) ?? this.#searchAdmitted(unit, wish);
  }

  /** The same for all probes of a frame, of unit length, to be asked for by their places, in order, before anything changes. A second thread helps where there is much to do. */
  searchEach(units: readonly Float32Array[], topK: number, admission: Admission): (place: number) => readonly Candidate[] {
    let walker: Walker | undefined;
    return (place) => {
      if (place % MOST_SHARED === 0) walker = this.#share(units.slice(place, place + MOST_SHARED), topK, admission);
      const ahead = walker;
      return this.search(units[place] as Float32Array, topK, admission, ahead && (() => ahead.take(place % MOST_SHARED)));
    };
  }

  /** How much a search compares with: exact for everybody and for few, in proportion to the people where a filter lets many pass. */
  reach(admission: Admission): Reach {
    const all = { identities: this.roster.identities, faces: this.matrix.size };
    if (!admission.filters) return all;
    const few = admission.fewRows(SCAN_UP_TO);
    if (few === undefined) return { identities: Math.ceil(all.identities * admission.share), faces: Math.ceil(all.faces * admission.share) };
    return { identities: new Set(few.map((row) => this.matrix.owner(row))).size, faces: few.length };
  }

  /** The same by comparing all, which is always right. */
  searchAll(probe: Float32Array, topK: number): readonly Candidate[] {
    const admission = new Admission(this.roster);
    const unit = normalise(probe);
    return this.#searchAdmitted(unit, { topK, admission, refusal: new Refusal(this.roster, unit) });
  }

  /** The same without holding up anybody: `rest` is awaited every few rows, and says whether to go on. The collection may change meanwhile. */
  async searchAllGently(probe: Float32Array, topK: number, rest: () => Promise<boolean>): Promise<readonly Candidate[]> {
    const unit = normalise(probe);
    const admission = new Admission(this.roster);
    const wish = { topK, admission, refusal: new Refusal(this.roster, unit) };
    const best = new Best(topK);
    for (let row = 0; row < this.matrix.rows;) {
      const sight = this.matrix.sight(unit); // others may have looked meanwhile
      for (const end = Math.min(this.matrix.rows, row + GENTLE_ROWS); row < end; row++) this.#offer(best, row, sight(row), wish);
      if (row < this.matrix.rows && !(await rest())) break;
    }
    return best.list;
  }

  /** Builds another graph beside the one that serves, to take its place. */
  renew(): void {
    if (this.#serving !== undefined) this.#next = this.#fresh(this.#serving.graph.links);
  }

  /** Does a little of the building that is due. Returns whether more is left. */
  work(): boolean {
    this.#plan();
    const cover = this.#next ?? this.#serving;
    if (cover === undefined) return false;
    this.#walker?.walker.settle();
    const placed = cover.placeOne();
    if (this.#next !== undefined && this.#next.waiting.size === 0) {
      this.#serving?.close();
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
    const { exactUpTo, skimUpTo } = this.#tiers;
    if (size <= exactUpTo) {
      if (size < exactUpTo * MARGIN) this.dropGraphs();
      return;
    }
    const links = size > skimUpTo || (this.#serving?.graph.links === true && size > skimUpTo * MARGIN);
    if (this.#serving?.graph.links !== links) this.#next = this.#fresh(links);
  }

  #fresh(links: boolean): Cover {
    return new Cover(this.matrix, new Graph(links), this.#rows());
  }

  *#rows(which: (row: number) => boolean = () => true): Generator<number, void, undefined> {
    for (let row = 0; row < this.matrix.rows; row++) if (!this.matrix.isFree(row) && which(row)) yield row;
  }

  #setOwner(row: number, identity: number): void {
    const before = this.matrix.owner(row);
    if (before === identity) return;
    this.roster.remove(row, before);
    this.matrix.setOwner(row, identity);
    this.roster.add(row, identity);
  }

  /** Undefined when there is no graph to ask, or when it does not find as many as are wanted at a bearable breadth. */
  #searchGraph(unit: Float32Array, wish: Wish): readonly Candidate[] | undefined {
    const cover = this.#serving;
    if (cover === undefined || cover.waiting.size * 2 > this.matrix.size) return undefined;
    const { fewest, search } = planOf(this.matrix.size, wish.topK, wish.admission.share, cover.graph.links);
    let ahead = wish.ahead?.();
    for (let fetch = fewest; fetch <= MOST_FETCHED; fetch *= 2) {
      const best = new Best(wish.topK);
      const near = ahead ?? cover.graph.near(unit, fetch, search);
      ahead = undefined;
      this.#offerNear(best, near, unit, wish);
      const sight = this.matrix.sight(unit);
      for (const row of cover.waiting) this.#offer(best, row, sight(row), wish);
      if (best.list.length === wish.topK) return best.list;
      if (near.length < fetch) return undefined;
    }
    return undefined;
  }

  /** Looks at what the graph proposed, best first, until what is left cannot be among the best. */
  #offerNear(best: Best, near: readonly Neighbour[], unit: Float32Array, wish: Wish): void {
    for (let from = 0; from < near.length && (near[from] as Neighbour).cosine > best.bar - DOUBT; from += LOOKED_AT) {
      const rows = near.slice(from, from + LOOKED_AT).map(({ node }) => node);
      this.matrix.cosines(unit, rows).forEach((similarity, i) => { this.#offer(best, rows[i] as number, similarity, wish); });
    }
  }

  #searchRows(rows: Iterable<number>, unit: Float32Array, wish: Wish): readonly Candidate[] {
    const best = new Best(wish.topK);
    const sight = this.matrix.sight(unit);
    for (const row of rows) this.#offer(best, row, sight(row), wish);
    return best.list;
  }

  /** A plain loop where nothing is filtered: a generator costs as much as the comparisons. */
  #searchAdmitted(unit: Float32Array, wish: Wish): readonly Candidate[] {
    if (wish.admission.filters) return this.#searchRows(wish.admission.rows(), unit, wish);
    const best = new Best(wish.topK);
    const sight = this.matrix.sight(unit);
    for (let row = 0; row < this.matrix.rows; row++) this.#offer(best, row, sight(row), wish);
    return best.list;
  }

  #offer(best: Best, row: number, similarity: number, { admission, refusal }: Wish): void {
    if (similarity < best.bar || this.matrix.isFree(row)) return; // the graph may know a row a moment longer
    const identity = this.matrix.owner(row);
    if (admission.admits(identity) && refusal.allows(identity, similarity)) best.offer({ label: this.matrix.label(row), identity, similarity });
  }

  /** The second thread, when it has been given these probes. */
  #share(units: readonly Float32Array[], topK: number, admission: Admission): Walker | undefined {
    const cover = this.#serving;
    if (units.length < SHARED_FROM.probes || this.matrix.size < SHARED_FROM.faces || cover === undefined || availableParallelism() < 2) return undefined;
    const { fewest, search } = planOf(this.matrix.size, topK, admission.share, cover.graph.links);
    if (fewest > MOST_FETCHED || admission.fewRows(SCAN_UP_TO) !== undefined) return undefined;
    if (this.#walker?.of !== cover) {
      this.#walker?.walker.close();
      this.#walker = { of: cover, walker: new Walker(cover.graph) };
    }
    return this.#walker.walker.begin(units, fewest, search) ? this.#walker.walker : undefined;
  }
}
