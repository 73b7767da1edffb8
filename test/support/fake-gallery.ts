import { GlimpseError } from '../../src/errors.js';
import type { Reach } from '../../src/types.js';
import type { Caller, Deed } from '../../src/gallery/audit/row.js';
import type { ErasureReceipt } from '../../src/gallery/erasure/receipt.js';
import type { Collection, CollectionLimits, Enrolled, Enrolment, Gallery, GalleryStats, Identity, IdentityChanges, IdentityRecord, ImportOutcome, JudgedMatch, Match, Page, RejectionKept, SearchFilter, StoredFace } from '../../src/gallery/port.js';
import { FakeEvents } from './fake-events.js';

type Key = Parameters<Gallery['get']>[1];
type Query = Parameters<Gallery['list']>[1];
type Record_ = IdentityRecord & { readonly collection: string; readonly updatedAt: Date };

/** A gallery in memory that keeps the port's promises, but for durability. `beforeImport` lets a test slow single records down. */
export class FakeGallery extends FakeEvents implements Gallery {
  closed = false;
  writes = 0;
  /** Probes. */
  searched = 0;
  /** What the audit was told of answers, and by whom. Writes are audited by the real gallery itself. */
  readonly notes: Deed[] = [];
  /** On whose behalf it was asked, call by call. */
  readonly callers: Caller[] = [];
  /** What an erasure leaves. */
  left: ErasureReceipt['left'] = [];
  beforeNote: () => Promise<void> = () => Promise.resolve();
  beforeImport: (record: IdentityRecord) => Promise<void> = () => Promise.resolve();
  readonly rejected: { readonly identityId: string; readonly probe: Float32Array }[] = [];
  readonly #records = new Map<string, Record_>();
  readonly #requests = new Map<string, { digest: string; outcome: string; identityId: string; created: boolean }>();
  readonly #limits = new Map<string, CollectionLimits>();
  #listeners: ((ready: boolean) => void)[] = [];

  override nameOf(id: string): string {
    return this.#records.get(id)?.name ?? super.nameOf(id);
  }

  as(caller: Caller): this {
    this.callers.push(caller);
    return this;
  }

  async note(deed: Deed): Promise<void> {
    await this.beforeNote();
    this.notes.push(deed);
  }

  onReadiness(listener: (ready: boolean) => void): void {
    this.#listeners.push(listener);
  }

  setReady(ready: boolean): void {
    for (const listener of this.#listeners) listener(ready);
  }

  async enroll({ collection, identity, faces, request }: Enrolment): Promise<Enrolled> {
    this.writes += 1;
    const before = request && (await this.replay(collection, request));
    if (before) return before;
    const created = !('existing' in identity);
    const now = new Date();
    const base = 'existing' in identity ? this.#find(collection, { id: identity.existing }) : { ...identity, collection, createdAt: now, faces: [] };
    if (created) this.#refuseTaken(collection, base.externalId, base.id);
    const record = { ...base, updatedAt: now, faces: [...base.faces, ...faces.map((face) => ({ ...face, createdAt: now }))] };
    this.#records.set(record.id, record);
    if (request) this.#requests.set(`${collection}/${request.id}`, { ...request, identityId: record.id, created });
    return { identity: identityOf(record), created };
  }

  replay(collection: string, request: { readonly id: string; readonly digest: string }): Promise<Enrolled | undefined> {
    const before = this.#requests.get(`${collection}/${request.id}`);
    if (before === undefined) return Promise.resolve(undefined);
    if (before.digest !== request.digest) return Promise.reject(exists('request_id', 'REQUEST_ID_REUSED'));
    const record = this.#find(collection, { id: before.identityId });
    return Promise.resolve({ identity: identityOf(record), created: before.created, replayed: before.outcome });
  }

  search(collections: string | readonly string[], probes: readonly Float32Array[], topK: number, filter?: SearchFilter): Promise<Match[][]> {
    const records = [collections].flat().flatMap((collection) => this.#in(collection)).filter((record) => record.faces.length > 0 && passes(record, filter));
    this.searched += probes.length;
    return Promise.resolve(probes.map((probe) => records.map((record) => nearest(record, probe)).sort((a, b) => b.similarity - a.similarity).slice(0, topK)));
  }

  revision(): number {
    return this.writes;
  }

  reach(collections: string | readonly string[], filter?: SearchFilter): Promise<Reach> {
    const records = [collections].flat().flatMap((collection) => this.#in(collection)).filter((record) => passes(record, filter));
    return Promise.resolve({ identities: records.length, faces: records.reduce((sum, { faces }) => sum + faces.length, 0) });
  }

  faces(collection: string, ids: readonly string[]): Promise<(StoredFace | undefined)[]> {
    const all = this.#in(collection).flatMap(({ id, faces }) => faces.map((face) => ({ ...face, identityId: id })));
    return Promise.resolve(ids.map((id) => all.find((face) => face.id === id)));
  }

  async get(collection: string, key: Key): Promise<Identity> {
    return Promise.resolve(identityOf(this.#find(collection, key)));
  }

  list(collection: string, { pageSize, pageToken, tag, namePrefix }: Query): Promise<Page> {
    const all = this.#in(collection)
      .filter(({ id, tags, name }) => id > pageToken && (tag === '' || tags.includes(tag)) && name.toLowerCase().startsWith(namePrefix.toLowerCase()))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const page = all.slice(0, pageSize);
    return Promise.resolve({ identities: page.map(identityOf), nextPageToken: all.length > pageSize ? (page.at(-1)?.id ?? '') : '' });
  }

  async update(collection: string, id: string, changes: IdentityChanges): Promise<Identity> {
    this.writes += 1;
    const record = { ...this.#find(collection, { id }), ...changes, updatedAt: new Date() };
    this.#records.set(id, record);
    return Promise.resolve(identityOf(record));
  }

  async deleteIdentity(collection: string, id: string): Promise<number> {
    this.writes += 1;
    const record = this.#find(collection, { id });
    this.#records.delete(id);
    return Promise.resolve(record.faces.length);
  }

  async erase(collection: string, id: string): Promise<ErasureReceipt> {
    const facesDeleted = await this.deleteIdentity(collection, id);
    const [deletedAt, provedAt] = [new Date(), new Date()];
    const scanned = [{ name: 'gallery.db', size: 4096, sha256: 'ab'.repeat(32) }];
    return { collection, identityId: id, facesDeleted, deletedAt, provedAt, salt: new Uint8Array(16), erased: [], scanned, left: this.left, bytesLeft: this.left.reduce((sum, { length }) => sum + length, 0) };
  }

  async deleteFace(collection: string, faceId: string): Promise<Identity> {
    this.writes += 1;
    const record = this.#owner(collection, faceId);
    const left = { ...record, faces: record.faces.filter(({ id }) => id !== faceId) };
    this.#records.set(record.id, left);
    return Promise.resolve(identityOf(left));
  }

  async moveFace(collection: string, faceId: string, toIdentityId: string): Promise<{ from: Identity; to: Identity }> {
    this.writes += 1;
    const face = this.#owner(collection, faceId).faces.find(({ id }) => id === faceId);
    const target = this.#find(collection, { id: toIdentityId });
    const from = await this.deleteFace(collection, faceId);
    const to = { ...target, faces: [...target.faces, ...(face ? [face] : [])] };
    this.#records.set(to.id, to);
    return { from, to: identityOf(to) };
  }

  reject({ collection, identityId, probe }: JudgedMatch): Promise<RejectionKept> {
    this.writes += 1;
    const identity = identityOf(this.#find(collection, { id: identityId }));
    this.rejected.push({ identityId, probe });
    return Promise.resolve({ identity, rejections: this.rejected.length, expiresAt: new Date(86_400_000) });
  }

  confirm({ collection, identityId }: JudgedMatch): Promise<{ identity: Identity; dropped: number }> {
    this.writes += 1;
    const identity = identityOf(this.#find(collection, { id: identityId }));
    const dropped = this.rejected.length;
    this.rejected.length = 0;
    return Promise.resolve({ identity, dropped });
  }

  contents(collection: string): Promise<string> {
    return Promise.resolve(this.#in(collection).map(({ id }) => id).join(' '));
  }

  async mergeIdentities(collection: string, fromId: string, toId: string): Promise<Identity> {
    this.writes += 1;
    const from = this.#find(collection, { id: fromId });
    const to = this.#find(collection, { id: toId });
    this.#records.delete(fromId);
    const merged = { ...to, faces: [...to.faces, ...from.faces] };
    this.#records.set(toId, merged);
    return Promise.resolve(identityOf(merged));
  }

  collections(): Promise<Collection[]> {
    const names = new Set([...this.#limits.keys(), ...[...this.#records.values()].map(({ collection }) => collection)]);
    return Promise.resolve([...names].sort().map((name) => {
      const records = this.#in(name);
      return { name, network: 'fake-network', identities: records.length, faces: records.flatMap(({ faces }) => faces).length, ...this.#limits.get(name) };
    }));
  }

  async setCollection(name: string, limits: CollectionLimits): Promise<Collection> {
    this.#limits.set(name, limits);
    return (await this.collections()).find((collection) => collection.name === name) as Collection;
  }

  deleteCollection(name: string): Promise<void> {
    this.#limits.delete(name);
    return Promise.resolve();
  }

  stats(collection: string): Promise<GalleryStats> {
    const records = this.#in(collection);
    const faces = records.flatMap((record) => record.faces).length;
    const collections = [...new Set([...this.#records.values()].map((record) => record.collection))];
    return Promise.resolve({ identities: records.length, faces, indexFaces: faces, databaseBytes: 4096, indexBytes: 0, collections });
  }

  async *export(collection: string): AsyncGenerator<IdentityRecord> {
    for (const record of this.#in(collection)) yield await Promise.resolve(record);
  }

  async import(collection: string, record: IdentityRecord, onConflict: 'SKIP' | 'REPLACE'): Promise<{ id: string; outcome: ImportOutcome }> {
    this.writes += 1;
    await this.beforeImport(record);
    const there = this.#records.has(record.id);
    if (there && onConflict === 'SKIP') return { id: record.id, outcome: 'SKIPPED' };
    this.#records.set(record.id, { ...record, collection, updatedAt: record.createdAt });
    return { id: record.id, outcome: there ? 'REPLACED' : 'IMPORTED' };
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  #in(collection: string): Record_[] {
    return [...this.#records.values()].filter((record) => record.collection === collection);
  }

  #find(collection: string, key: Key): Record_ {
    const found = this.#in(collection).find((record) => ('id' in key ? record.id === key.id : record.externalId === key.externalId));
    if (found) return found;
    throw new GlimpseError('notFound', 'no such identity', { field: 'id' in key ? 'id' : 'external_id', reason: 'IDENTITY_NOT_FOUND', cure: 'list them' });
  }

  #owner(collection: string, faceId: string): Record_ {
    const found = this.#in(collection).find(({ faces }) => faces.some(({ id }) => id === faceId));
    if (found) return found;
    throw new GlimpseError('notFound', 'no such face', { field: 'face_id', reason: 'FACE_NOT_FOUND', cure: 'look at the identity' });
  }

  #refuseTaken(collection: string, externalId: string, id: string): void {
    const taken = this.#in(collection).some((record) => externalId !== '' && record.externalId === externalId && record.id !== id);
    if (taken) throw exists('external_id', 'EXTERNAL_ID_TAKEN');
  }
}

function passes({ id, tags }: Record_, { tags: wanted, identityIds }: SearchFilter = { tags: [], identityIds: [] }): boolean {
  return (wanted.length === 0 || wanted.some((tag) => tags.includes(tag))) && (identityIds.length === 0 || identityIds.includes(id));
}

function identityOf(record: Record_): Identity {
  return { ...record, faces: record.faces.map(({ id, label, quality, createdAt }) => ({ id, label, quality, createdAt })) };
}

function nearest({ id, externalId, name, faces, collection }: Record_, probe: Float32Array): Match {
  const scored = faces.map((face) => ({ faceId: face.id, similarity: face.embedding.reduce((sum, value, i) => sum + value * (probe[i] ?? 0), 0) }));
  const best = scored.reduce((a, b) => (b.similarity > a.similarity ? b : a));
  return { identityId: id, externalId, name, ...best, collection };
}

function exists(field: string, reason: string): GlimpseError {
  return new GlimpseError('exists', `${field} exists`, { field, reason, cure: 'use another' });
}
