import { GlimpseError } from '../errors.js';
import type { IndexState, Query } from './index/gallery-index.js';
import type { IndexHandlers } from './index/index-worker.js';
import type { Lane } from './lane.js';
import type { GalleryLog } from './log.js';
import type { Reach } from '../types.js';
import type { Match } from './port.js';

export type IndexLane = Pick<Lane<IndexHandlers>, 'call' | 'close' | 'terminate'>;
/** Starts a thread; `again` when one before it failed. `died` is to be called if it ends by itself. */
export type StartIndexLane = (again: boolean, died: (cause: unknown) => void) => IndexLane;

const RETRY_MILLISECONDS = 2_000;

/** The index's thread, and another one in its place when it fails: the database knows all that the index knew. */
export class IndexThread {
  readonly #startLane: StartIndexLane;
  readonly #log: GalleryLog;
  readonly #listeners: ((ready: boolean) => void)[] = [];
  #lane: IndexLane | undefined;
  #recovery: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #ready = false;
  #revision = 0;
  #closed = false;

  private constructor(startLane: StartIndexLane, log: GalleryLog) {
    this.#startLane = startLane;
    this.#log = log;
  }

  static async start(startLane: StartIndexLane, log: GalleryLog): Promise<IndexThread> {
    const thread = new IndexThread(startLane, log);
    await thread.#load(false);
    return thread;
  }

  onReadiness(listener: (ready: boolean) => void): void {
    this.#listeners.push(listener);
  }

  /** Counts the writes that the index has been brought up to date with. */
  get revision(): number {
    return this.#revision;
  }

  /** Throws `unavailable` while the index is being rebuilt. */
  requireReady(): void {
    if (!this.#ready) throw rebuilding();
  }

  async search(query: Query): Promise<Match[][]> {
    return this.#open().call('search', query, [query.probes.buffer]);
  }

  async reach(query: Omit<Query, 'probes' | 'topK'>): Promise<Reach> {
    return this.#open().call('reach', query);
  }

  async state(collection: string): Promise<IndexState> {
    return this.#open().call('state', collection);
  }

  /** Brings the index up to date with a write that is on disk. Never fails: a broken index is made anew from the database. */
  async refresh(collection: string, labels: readonly number[]): Promise<void> {
    try {
      if (labels.length > 0) await this.#refresh(collection, labels);
    } finally {
      this.#revision += 1;
    }
  }

  async #refresh(collection: string, labels: readonly number[]): Promise<void> {
    await this.#recovery;
    try {
      await this.#open().call('refresh', { collection, labels });
    } catch (error) {
      await this.#recover(error);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#recovery;
    await this.#lane?.close();
  }

  #open(): IndexLane {
    if (this.#lane === undefined || !this.#ready) throw rebuilding();
    return this.#lane;
  }

  #recover(cause: unknown): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#setReady(false);
    this.#log.error({ error: String(cause) }, 'the search index failed; it is rebuilt from the database');
    this.#recovery ??= this.#rebuild().finally(() => { this.#recovery = undefined; });
    return this.#recovery;
  }

  async #rebuild(): Promise<void> {
    await this.#lane?.terminate();
    try {
      await this.#load(true);
    } catch (error) {
      this.#log.error({ error: String(error) }, 'the search index could not be rebuilt; trying again');
      this.#retry = setTimeout(() => void this.#recover(error), RETRY_MILLISECONDS);
    }
  }

  async #load(again: boolean): Promise<void> {
    const lane = this.#startLane(again, (cause) => {
      if (this.#ready) void this.#recover(cause); // else whoever is loading it learns of it
    });
    this.#lane = lane;
    try {
      await lane.call('load', undefined);
      this.#setReady(true);
    } catch (error) {
      await lane.terminate();
      throw error;
    }
  }

  #setReady(ready: boolean): void {
    if (ready === this.#ready) return;
    this.#ready = ready;
    for (const listener of this.#listeners) listener(ready);
  }
}

function rebuilding(): GlimpseError {
  return new GlimpseError('unavailable', 'the search index is being rebuilt', {
    reason: 'INDEX_REBUILDING', cure: 'try again in a few seconds; nothing that was acknowledged is lost',
  });
}
