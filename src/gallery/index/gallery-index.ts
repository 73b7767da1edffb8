import type { Connection } from '../database.js';
import { DIMENSIONS, fromBlob, unpack } from '../vectors.js';
import { CollectionIndex } from './collection-index.js';
import { otherNetwork } from '../store/errors.js';
import { answers } from './answers.js';
import { Graph } from './graph.js';
import { fetchedFor, grouped } from './grouping.js';
import { loadTogether } from './load.js';
import { normalise } from './matrix.js';
import { RECALL_FLOOR, RECALL_SAMPLES, recallAt1 } from './recall.js';
import { SavedGraph } from './saved.js';
import type { Tiers } from './tiers.js';
import type { Origin, Stamp } from './stamp.js';
import type { Grouping, Reach } from '../../types.js';
import type { Match, SearchFilter } from '../port.js';
import type { Notice } from '../wire.js';
import { Admission, type Wanted } from './admission.js';
import { factReader, type FactReader } from './facts.js';

export interface IndexOptions {
  readonly dir: string;
  /** sha256 of the embedding network. */
  readonly network: string;
  readonly epoch: string;
  /** The epoch of the database before this process opened it: that of the graphs that may be saved. */
  readonly foundEpoch: string;
  readonly tiers: Tiers;
  readonly grouping: Grouping;
}

export interface Query {
  readonly collections: readonly string[];
  /** One embedding after the other. */
  readonly probes: Float32Array<ArrayBuffer>;
  readonly topK: number;
  readonly filter?: SearchFilter;
}

export interface IndexState {
  readonly faces: number;
  /** Of these, faces that are compared one by one until the graph has taken them in. */
  readonly waiting: number;
  /** Share of sample queries that the graph answered as comparing all did; absent: not measured yet. 1 where all are compared anyway. */
  readonly recall?: number;
}

type Report = (level: Notice['level'], fields: object, message: string) => void;

interface FaceRow {
  readonly label: number;
  readonly identity: number;
  readonly vector: Buffer;
}

/** The index of every collection, made from the database and kept in step with it. */
export class GalleryIndex {
  readonly #db: Connection;
  readonly #options: IndexOptions;
  readonly #report: Report;
  readonly #collections = new Map<string, CollectionIndex>();
  readonly #recalls = new Map<string, number>();
  readonly #answers: ReturnType<typeof answers>;
  readonly #face;
  readonly #network;
  readonly #facts: FactReader;

  constructor(db: Connection, options: IndexOptions, report: Report) {
    this.#db = db;
    this.#options = options;
    this.#report = report;
    this.#answers = answers(db, (label) => { report('warn', { label }, 'a row of the database is damaged and names nobody; stop the server and run glimpse gallery verify'); });
    this.#facts = factReader(db);
    this.#network = db.prepare<[string], string>('SELECT n.sha256 FROM collection c JOIN network n ON n.number = c.network WHERE c.name = ?').pluck();
    this.#face = db.prepare<[number], FaceRow>('SELECT label, identity, vector FROM face WHERE label = ?');
  }

  async load(): Promise<void> {
    const origin = this.#origin(this.#options.foundEpoch);
    const ours = this.#db.prepare<[string], string>(
      'SELECT c.name FROM collection c JOIN network n ON n.number = c.network WHERE n.sha256 = ? ORDER BY c.name').pluck();
    for (const name of ours.all(this.#options.network)) await this.#loadCollection(name, origin);
  }

  /** While other threads bring the vectors, this one reads the links between them. */
  async #loadCollection(name: string, origin: Origin): Promise<void> {
    const index = this.#index(name);
    const saved = this.#saved(name);
    const stamp = this.#unlessWrong(name, () => saved.stamp(origin, this.#options.tiers.skimUpTo));
    const graph = stamp && new Graph();
    const filled = loadTogether({ db: this.#db, dir: this.#options.dir, collection: name, index, graph });
    filled.catch(() => undefined); // it is awaited below
    for (const [identity, facts] of this.#facts.ofCollection(name)) index.roster.describe(identity, facts);
    const linked = stamp && graph && this.#unlessWrong(name, () => this.#linked(name, { stamp, graph }));
    await filled;
    if (linked !== undefined) index.adopt(linked);
  }

  #linked(name: string, { stamp, graph }: { readonly stamp: Stamp; readonly graph: Graph }): Graph {
    const saved = this.#saved(name);
    saved.readLinks(stamp, graph, this.#index(name).matrix);
    saved.restamp(stamp, this.#options.epoch);
    return graph;
  }

  /**
   * Looks the labels up again and does what the database says: a face that is there is held, one that is not is dropped, and whom
   * it belongs to is known as the database knows them.
   */
  refresh(collection: string, labels: readonly number[]): void {
    const made = this.#network.get(collection);
    if (made !== undefined && made !== this.#options.network) return; // not held here
    const index = this.#index(collection);
    const identities = new Set<number>();
    for (const label of labels) {
      const row = this.#face.get(label);
      if (row === undefined) {
        index.remove(label);
        continue;
      }
      index.set(label, row.identity, fromBlob(row.vector));
      identities.add(row.identity);
    }
    for (const identity of identities) index.roster.describe(identity, this.#facts.of(identity));
  }

  search({ collections, probes, topK, filter }: Query): Match[][] {
    collections.forEach((name) => { this.#refuseForeign(name); });
    const searched = this.#searched({ collections, ...(filter && { filter }) });
    const { grouping } = this.#options;
    const fetched = fetchedFor(grouping, topK);
    const units = Array.from({ length: probes.length / DIMENSIONS }, (_, place) => normalise(unpack(probes, place)));
    const searches = searched.map(({ index, admission }) => ({ index, search: index.searchEach(units, fetched, admission) }));
    return units.map((unit, place) => {
      const found = searches.map(({ index, search }) => grouped(grouping, index, unit, search(place)));
      return this.#answers((found.length === 1 ? (found[0] ?? []) : found.flat().sort((a, b) => b.similarity - a.similarity)).slice(0, topK));
    });
  }

  /** Whoever has expired is counted until swept. */
  reach(where: Omit<Query, 'probes' | 'topK'>): Reach {
    const parts = this.#searched(where).map(({ index, admission }) => index.reach(admission));
    return { identities: parts.reduce((sum, { identities }) => sum + identities, 0), faces: parts.reduce((sum, { faces }) => sum + faces, 0) };
  }

  #searched({ collections, filter }: Omit<Query, 'probes' | 'topK'>): { index: CollectionIndex; admission: Admission }[] {
    return collections.flatMap((name) => {
      const index = this.#collections.get(name);
      return index === undefined ? [] : [{ index, admission: new Admission(index.roster, filter && this.#wanted(name, filter)) }];
    });
  }

  state(collection: string): IndexState {
    const index = this.#collections.get(collection);
    const recall = index?.serving === undefined ? 1 : this.#recalls.get(collection);
    return { faces: index?.matrix.size ?? 0, waiting: index?.waiting ?? 0, ...(recall !== undefined && { recall }) };
  }

  /** Measures each graph against comparing all; one below the floor is built anew, if it may be. */
  async watchRecall(mayRenew: boolean, stopped: () => boolean): Promise<void> {
    for (const [collection, index] of this.#collections) {
      if (index.serving === undefined) continue;
      const recall = await recallAt1(index, RECALL_SAMPLES, stopped);
      if (recall === undefined) continue;
      this.#recalls.set(collection, recall);
      const renew = recall < RECALL_FLOOR && mayRenew;
      this.#report(recall < RECALL_FLOOR ? 'warn' : 'info', { collection, recall, floor: RECALL_FLOOR },
        renew ? 'the search misses too much; its index is built anew' : 'recall of the search');
      if (renew) index.renew();
    }
  }

  /** One small step of building graphs. Returns whether there is more to do. A graph that fails is dropped: answers stay exact. */
  work(): boolean {
    for (const [collection, index] of this.#collections) {
      try {
        if (index.work()) return true;
      } catch (error) {
        index.dropGraphs();
        this.#report('warn', { collection, error: String(error) }, 'the search graph failed and is built anew');
      }
    }
    return false;
  }

  /** Whether a graph was finished that was never saved. */
  get unsaved(): boolean {
    return [...this.#collections.values()].some(({ serving }) => serving?.unsaved === true);
  }

  /** Saves the graphs that changed; one without links needs no file. */
  async save(): Promise<void> {
    for (const [collection, { serving, matrix }] of this.#collections) {
      if (serving?.graph.links === false) this.#saved(collection).remove();
      if (serving === undefined || !serving.changed || serving.frozen) continue;
      try {
        await this.#saved(collection).save(serving, matrix, this.#origin(this.#options.epoch));
      } catch (error) {
        this.#report('warn', { collection, error: String(error) }, 'the search graph could not be saved; it will be built anew');
      }
    }
  }

  /** A saved graph that speaks against itself is told of and removed; undefined then. */
  #unlessWrong<T>(collection: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      this.#saved(collection).remove();
      this.#report('warn', { collection, why: (error as Error).message }, 'the saved search graph is not used; it is built anew from the database');
      return undefined;
    }
  }

  /** One that is held here is ours. */
  #refuseForeign(collection: string): void {
    if (this.#collections.has(collection)) return;
    const made = this.#network.get(collection);
    if (made !== undefined && made !== this.#options.network) throw otherNetwork(collection, made, this.#options.network);
  }

  #wanted(collection: string, { tags, identityIds }: SearchFilter): Wanted {
    return { tags, identities: identityIds.length > 0 ? this.#facts.numbers(collection, identityIds) : undefined };
  }

  #origin(epoch: string): Origin {
    const revision = this.#db.prepare<[], number>('SELECT revision FROM gallery').pluck().get() ?? 0;
    return { network: this.#options.network, epoch, revision };
  }

  #index(collection: string): CollectionIndex {
    const known = this.#collections.get(collection);
    if (known !== undefined) return known;
    const index = new CollectionIndex(this.#options.tiers);
    this.#collections.set(collection, index);
    return index;
  }

  #saved(collection: string): SavedGraph {
    return new SavedGraph(this.#options.dir, collection);
  }
}
