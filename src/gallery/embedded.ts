import { GlimpseError } from '../errors.js';
import { HOUSE, type Caller, type Deed } from './audit/row.js';
import { prove } from './erasure/prove.js';
import { makeReceipt } from './erasure/make-receipt.js';
import type { Reach } from '../types.js';
import type { ErasureReceipt } from './erasure/receipt.js';
import type { EventFilter, EventHead, EventPage, NewEvent } from './events.js';
import { isExpired, startSweeping, type Sweeping } from './expiry.js';
import { graphFile, sizeOf } from './files.js';
import { Life } from './life.js';
import type { Lock } from './lock.js';
import type {
  Collection, CollectionLimits, Enrolled, Enrolment, Gallery, GalleryStats, Identity, IdentityChanges, IdentityKey, IdentityRecord, ImportOutcome, Match, Page, SearchFilter,
  JudgedMatch, RejectionKept, StoredFace,
} from './port.js';
import { makePageToken, readPageToken } from './page-token.js';
import type { Change } from './store/change.js';
import type { Judged } from './store/feedback.js';
import type { Ordered } from './store/group-commit.js';
import type { RequestKey } from './store/requests.js';
import type { Threads } from './threads.js';
import { checkCollection, checkConsent, checkEnrolment, checkProbe, checkRecord } from './validate.js';
import { pack } from './vectors.js';

/** Identities fetched at a time, so that no page, however large, holds up the event loop. */
const STRETCH = 100;

interface Parts {
  readonly dir: string;
  readonly threads: Threads;
  readonly lock: Lock;
}

/** The gallery over its threads: checks what it is given, and orders each write before its index before its answer. */
export class EmbeddedGallery implements Gallery {
  readonly #parts: Parts;
  readonly #threads: Threads;
  readonly #life: Life;
  readonly #by: Caller;

  constructor(parts: Parts, life = new Life(), by = HOUSE) {
    this.#parts = parts;
    this.#threads = parts.threads;
    this.#life = life;
    this.#by = by;
  }

  as(caller: Caller): Gallery {
    return new EmbeddedGallery(this.#parts, this.#life, caller);
  }

  /** From now on until it is closed. */
  sweepRegularly(sweeping: Sweeping): void {
    this.#life.beforeEnd(startSweeping((now) => this.#sweep(now), sweeping));
  }

  async note(deed: Deed): Promise<void> {
    await this.#life.run(() => this.#threads.writer.call('note', { ...deed, by: this.#by }));
  }

  async addEvents(events: readonly NewEvent[]): Promise<void> {
    await this.#life.run(() => this.#threads.writer.call('addEvents', { events, by: this.#by }));
  }

  events(after: number, filter: EventFilter): Promise<EventPage> {
    return this.#life.run(() => this.#threads.reader.call('events', { after, filter }));
  }

  eventHead(): Promise<EventHead> {
    return this.#life.run(() => this.#threads.reader.call('eventHead', undefined));
  }

  hooked(hook: string): Promise<number | undefined> {
    return this.#life.run(() => this.#threads.reader.call('hooked', hook));
  }

  async setHooked(hook: string, number: number): Promise<void> {
    await this.#life.run(() => this.#threads.writer.call('setHooked', { hook, number, by: this.#by }));
  }

  /** Those of the process before, which could not say that they were over. */
  async endVisits(): Promise<void> {
    await this.#threads.writer.call('endVisits', { now: Date.now(), by: HOUSE });
  }

  enroll(enrolment: Enrolment): Promise<Enrolled> {
    return this.#write(() => {
      checkEnrolment(enrolment);
      const vectors = pack(enrolment.faces.map(({ embedding }) => embedding));
      const faces = enrolment.faces.map(({ id, label, quality }) => ({ id, label, quality }));
      return this.#threads.writer.call('enroll', { ...enrolment, faces, vectors, by: this.#by }, [vectors.buffer]);
    });
  }

  replay(collection: string, request: RequestKey): Promise<Enrolled | undefined> {
    return this.#read(collection, () => this.#threads.reader.call('replay', { collection, request }));
  }

  search(given: string | readonly string[], probes: readonly Float32Array[], topK: number, filter?: SearchFilter): Promise<Match[][]> {
    return this.#life.run(() => {
      const collections = typeof given === 'string' ? [given] : given;
      collections.forEach(checkCollection);
      probes.forEach(checkProbe);
      if (!(topK >= 1)) throw badNumber('top_k', topK);
      return this.#threads.index.search({ collections, probes: pack(probes), topK: Math.floor(topK), ...(filter && { filter }) });
    });
  }

  revision(): number {
    return this.#threads.index.revision;
  }

  reach(given: string | readonly string[], filter?: SearchFilter): Promise<Reach> {
    return this.#life.run(() => {
      const collections = typeof given === 'string' ? [given] : given;
      collections.forEach(checkCollection);
      return this.#threads.index.reach({ collections, ...(filter && { filter }) });
    });
  }

  faces(collection: string, ids: readonly string[]): Promise<(StoredFace | undefined)[]> {
    return this.#read(collection, () => this.#threads.reader.call('faces', { collection, ids }));
  }

  get(collection: string, key: IdentityKey): Promise<Identity> {
    return this.#read(collection, () => this.#threads.reader.call('get', { collection, key }));
  }

  list(collection: string, query: { pageSize: number; pageToken: string; tag: string; namePrefix: string }): Promise<Page> {
    return this.#read(collection, async () => {
      if (!(query.pageSize >= 1)) throw badNumber('page_size', query.pageSize);
      const { tag, namePrefix, pageSize } = query;
      const filter = { collection, tag, namePrefix };
      const after = readPageToken(query.pageToken, filter);
      const found = await this.#stretches({ ...filter, after }, Math.floor(pageSize) + 1);
      const identities = found.slice(0, pageSize);
      const nextPageToken = found.length > identities.length ? makePageToken(identities.at(-1)?.id ?? '', filter) : '';
      return { identities, nextPageToken };
    });
  }

  update(collection: string, id: string, changes: IdentityChanges): Promise<Identity> {
    return this.#write(() => {
      checkConsent(changes.consent);
      return this.#threads.writer.call('update', { collection, id, changes, by: this.#by });
    }, collection);
  }

  deleteIdentity(collection: string, id: string): Promise<number> {
    return this.#write(() => this.#threads.writer.call('deleteIdentity', { collection, id, by: this.#by }), collection);
  }

  async erase(collection: string, id: string): Promise<ErasureReceipt> {
    const { faces, needles } = await this.#write(() => this.#threads.writer.call('eraseIdentity', { collection, id, by: this.#by }), collection);
    const deletion = { collection, identityId: id, facesDeleted: faces, deletedAt: new Date() };
    const { writer, reader } = this.#threads;
    return makeReceipt(deletion, await this.#life.run(() => prove({ dir: this.#parts.dir, writer, reader }, needles)));
  }

  deleteFace(collection: string, id: string): Promise<Identity> {
    return this.#write(() => this.#threads.writer.call('deleteFace', { collection, id, by: this.#by }), collection);
  }

  moveFace(collection: string, id: string, to: string): Promise<{ from: Identity; to: Identity }> {
    return this.#write(() => this.#threads.writer.call('moveFace', { collection, id, to, by: this.#by }), collection);
  }

  reject(match: JudgedMatch): Promise<RejectionKept> {
    return this.#write(() => this.#threads.writer.call('reject', this.#judged(match)), match.collection);
  }

  confirm(match: JudgedMatch): Promise<{ identity: Identity; dropped: number }> {
    return this.#write(() => this.#threads.writer.call('confirm', this.#judged(match)), match.collection);
  }

  contents(collection: string): Promise<string> {
    return this.#read(collection, () => this.#threads.reader.call('contents', collection));
  }

  mergeIdentities(collection: string, from: string, to: string): Promise<Identity> {
    return this.#write(() => this.#threads.writer.call('merge', { collection, id: from, to, by: this.#by }), collection);
  }

  collections(): Promise<Collection[]> {
    return this.#life.run(() => this.#threads.reader.call('collections', undefined));
  }

  setCollection(name: string, limits: CollectionLimits): Promise<Collection> {
    return this.#write(() => this.#threads.writer.call('setCollection', { name, limits, by: this.#by }), name);
  }

  async deleteCollection(name: string): Promise<void> {
    await this.#write(() => this.#threads.writer.call('deleteCollection', { name, by: this.#by }), name);
  }

  stats(collection: string): Promise<GalleryStats> {
    return this.#read(collection, async () => {
      const { reader, index } = this.#threads;
      const [counts, { faces: indexFaces, ...state }] = await Promise.all([reader.call('counts', collection), index.state(collection)]);
      return { ...counts, ...state, indexFaces, indexBytes: sizeOf(graphFile(this.#parts.dir, collection)) };
    });
  }

  async *export(collection: string): AsyncGenerator<IdentityRecord, void, undefined> {
    const stretch = { collection, limit: STRETCH, tag: '', namePrefix: '' };
    for (let after: string | undefined = ''; after !== undefined;) {
      const from: string = after;
      const records = await this.#read(collection, () => this.#threads.reader.call('records', { ...stretch, after: from }));
      const going = records.filter(({ consent }) => !isExpired(consent));
      if (going.length > 0) await this.note({ call: 'Export', collection, identities: going.map(({ id }) => id) });
      yield* going;
      after = records.length === STRETCH ? records.at(-1)?.id : undefined;
    }
  }

  import(collection: string, record: IdentityRecord, onConflict: 'SKIP' | 'REPLACE'): Promise<{ id: string; outcome: ImportOutcome }> {
    return this.#write(() => {
      checkRecord(record);
      const vectors = pack(record.faces.map(({ embedding }) => embedding));
      const faces = record.faces.map(({ id, label, quality, createdAt }) => ({ id, label, quality, createdAt }));
      const write = { collection, record: { ...record, faces }, vectors, onConflict, by: this.#by };
      return this.#threads.writer.call('import', write, [vectors.buffer]);
    }, collection);
  }

  onReadiness(listener: (ready: boolean) => void): void {
    this.#threads.index.onReadiness(listener);
    this.#threads.onDeath(() => listener(false));
  }

  close(): Promise<void> {
    return this.#life.end(() => this.#close());
  }

  /** The writer goes last: it empties the write-ahead log, which nobody may be reading then. */
  async #close(): Promise<void> {
    const { writer, reader, index } = this.#threads;
    await Promise.all([reader.close(), index.close()]);
    await writer.close();
    this.#parts.lock.release();
  }

  /** Erases some of the identities whose time has passed; returns how many. Mostly there are none, and nothing is written. */
  async #sweep(now: number): Promise<number> {
    if (!(await this.#life.run(() => this.#threads.reader.call('anyExpired', now)))) return 0;
    return this.#write(() => this.#threads.writer.call('sweep', { now, by: HOUSE }));
  }

  /** On disk first, then in the index, then answered. */
  #write<T>(write: () => Promise<Change<T>>, collection?: string): Promise<T> {
    return this.#life.run(async () => {
      if (collection !== undefined) checkCollection(collection);
      this.#threads.index.requireReady();
      const change = await write();
      await this.#threads.index.refresh(change.collection, change.labels);
      return change.value;
    });
  }

  #judged({ identityId: id, collection, probe, similarity }: JudgedMatch): Judged & Ordered {
    checkProbe(probe, 0);
    return { collection, id, probe, similarity, by: this.#by };
  }

  #read<T>(collection: string, read: () => Promise<T>): Promise<T> {
    return this.#life.run(() => {
      checkCollection(collection);
      return read();
    });
  }

  async #stretches(from: { collection: string; after: string; tag: string; namePrefix: string }, count: number): Promise<Identity[]> {
    const found: Identity[] = [];
    for (let after = from.after; found.length < count;) {
      const limit = Math.min(STRETCH, count - found.length);
      const some = await this.#threads.reader.call('list', { ...from, after, limit });
      found.push(...some);
      if (some.length < limit) break;
      after = some.at(-1)?.id ?? after;
    }
    return found;
  }
}

function badNumber(field: string, value: number): GlimpseError {
  return new GlimpseError('invalid', `${field} is ${value}`, { field, reason: 'BAD_NUMBER', cure: `send a ${field} of 1 or more` });
}
