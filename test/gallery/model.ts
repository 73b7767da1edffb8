import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { GlimpseError } from '../../src/errors.js';
import { backupGallery } from '../../src/gallery/backup.js';
import type { Gallery, Identity } from '../../src/gallery/port.js';
import { restoreGallery } from '../../src/gallery/restore.js';
import { cosine, direction, face, Folder, NETWORK, person, QUALITY, seeded } from './support.js';

/** The border lies where the collection crosses it, so that comparing all and the graph take turns; whoever expires is erased soon. */
const OPTIONS = { tiers: { exactUpTo: 100, skimUpTo: 200 }, sweepMilliseconds: 5 };
/** From so many people on few more are enrolled, so that a plain model can keep up. */
const CROWD = 400;
const HOUR = 3_600_000;

interface Known {
  name: string;
  externalId: string;
  tags: readonly string[];
  faces: Map<string, Float32Array>;
}

/** What a gallery should be, in the plainest words. */
class Model {
  readonly people = new Map<string, Known>();

  holder(externalId: string): string | undefined {
    return [...this.people].find(([, known]) => externalId !== '' && known.externalId === externalId)?.[0];
  }

  ownerOf(faceId: string): string | undefined {
    return [...this.people].find(([, { faces }]) => faces.has(faceId))?.[0];
  }

  /** Some face's vector, by chance. */
  faceAt(share: number): Float32Array | undefined {
    const faces = [...this.people.values()].flatMap((known) => [...known.faces.values()]);
    return faces[Math.floor(share * faces.length)];
  }

  nearest(probe: Float32Array, topK: number): { id: string; similarity: number }[] {
    return [...this.people].filter(([, { faces }]) => faces.size > 0)
      .map(([id, { faces }]) => ({ id, similarity: Math.max(...[...faces.values()].map((vector) => cosine(vector, probe))) }))
      .sort((a, b) => b.similarity - a.similarity).slice(0, topK);
  }
}

export interface Tally {
  operations: number;
  searches: number;
  /** Searches whose best three were not the model's. What was answered is right even then, or it throws. */
  misses: number;
  restarts: number;
  /** Backups of the open gallery that were restored elsewhere and compared. */
  snapshots: number;
}

/** Does to both the same, drawn by chance, and compares what they say; whatever differs throws. */
class Pair {
  readonly tally: Tally = { operations: 0, searches: 0, misses: 0, restarts: 0, snapshots: 0 };
  readonly model = new Model();
  readonly #folder: Folder;
  readonly #random: () => number;
  #gallery: Gallery;
  #made = 0;

  constructor(folder: Folder, gallery: Gallery, random: () => number) {
    this.#folder = folder;
    this.#gallery = gallery;
    this.#random = random;
  }

  get gallery(): Gallery {
    return this.#gallery;
  }

  readonly operations: readonly [number | (() => number), () => Promise<void>][] = [
    [() => (this.model.people.size < CROWD ? 30 : 6), () => this.enrol()], [15, () => this.addFace()], [8, () => this.update()], [8, () => this.deleteIdentity()],
    [12, () => this.deleteFace()], [8, () => this.moveFace()], [6, () => this.import()], [2, () => this.merge()], [2, () => this.expire()], [13, () => this.search()],
    [0.2, () => this.restart()], [0.1, () => this.snapshot()],
  ];

  async step(): Promise<void> {
    const weights = this.operations.map(([weight]) => (typeof weight === 'number' ? weight : weight()));
    let at = this.#random() * weights.reduce((sum, weight) => sum + weight, 0);
    const chosen = this.operations[weights.findIndex((weight) => (at -= weight) < 0)] ?? this.operations[0];
    await chosen?.[1]();
    this.tally.operations++;
  }

  async enrol(): Promise<void> {
    const [id, externalId, faces] = [this.#id(), this.#externalId(), [this.#face(), this.#face()]];
    const call = this.gallery.enroll(person(faces, { id, name: id, externalId, tags: ['t'] }));
    if (this.model.holder(externalId) !== undefined) return rejects(call, 'EXTERNAL_ID_TAKEN');
    this.model.people.set(id, { name: id, externalId, tags: ['t'], faces: new Map(faces.map((one) => [one.id, one.embedding])) });
    this.#same((await call).identity);
  }

  async addFace(): Promise<void> {
    const [id, added] = [this.#someone(), this.#face()];
    const call = this.gallery.enroll({ collection: 'default', identity: { existing: id }, faces: [added] });
    const known = this.model.people.get(id);
    if (known === undefined) return rejects(call, 'IDENTITY_NOT_FOUND');
    known.faces.set(added.id, added.embedding);
    this.#same((await call).identity);
  }

  async update(): Promise<void> {
    const [id, externalId, name] = [this.#someone(), this.#externalId(), this.#id()];
    const call = this.gallery.update('default', id, { externalId, name, tags: [name] });
    const known = this.model.people.get(id);
    if (known === undefined) return rejects(call, 'IDENTITY_NOT_FOUND');
    if (![undefined, id].includes(this.model.holder(externalId))) return rejects(call, 'EXTERNAL_ID_TAKEN');
    Object.assign(known, { externalId, name, tags: [name] });
    this.#same(await call);
  }

  async deleteIdentity(): Promise<void> {
    const id = this.#someone();
    const call = this.gallery.deleteIdentity('default', id);
    const known = this.model.people.get(id);
    if (known === undefined) return rejects(call, 'IDENTITY_NOT_FOUND');
    this.model.people.delete(id);
    assert.equal(await call, known.faces.size);
  }

  async deleteFace(): Promise<void> {
    const faceId = this.#someFace();
    const call = this.gallery.deleteFace('default', faceId);
    const owner = this.model.ownerOf(faceId);
    if (owner === undefined) return rejects(call, 'FACE_NOT_FOUND');
    this.model.people.get(owner)?.faces.delete(faceId);
    this.#same(await call);
  }

  async moveFace(): Promise<void> {
    const [faceId, to] = [this.#someFace(), this.#someone()];
    const call = this.gallery.moveFace('default', faceId, to);
    const [owner, target] = [this.model.ownerOf(faceId), this.model.people.get(to)];
    if (owner === undefined) return rejects(call, 'FACE_NOT_FOUND');
    if (target === undefined) return rejects(call, 'IDENTITY_NOT_FOUND');
    const from = this.model.people.get(owner) as Known;
    target.faces.set(faceId, from.faces.get(faceId) as Float32Array);
    if (owner !== to) from.faces.delete(faceId);
    const answer = await call;
    this.#same(answer.from);
    this.#same(answer.to);
  }

  async import(): Promise<void> {
    const [id, externalId, added, onConflict] = [this.#someone(), this.#externalId(), this.#face(), this.#random() < 0.5 ? 'SKIP' as const : 'REPLACE' as const];
    const [createdAt, metadata] = [new Date(1e12), {}];
    const clashes = [...new Set([this.model.people.has(id) ? id : undefined, this.model.holder(externalId)])].filter((one) => one !== undefined);
    const { outcome } = await this.gallery.import(
      'default', { id, name: id, externalId, metadata, tags: [], createdAt, faces: [{ ...added, createdAt }] }, onConflict);
    const expected = clashes.length === 0 ? 'IMPORTED' : onConflict === 'SKIP' ? 'SKIPPED' : 'REPLACED';
    assert.equal(outcome, expected);
    if (expected === 'SKIPPED') return;
    for (const clash of clashes) this.model.people.delete(clash);
    this.model.people.set(id, { name: id, externalId, tags: [], faces: new Map([[added.id, added.embedding]]) });
  }

  async merge(): Promise<void> {
    const [from, to] = [this.#someone(), this.#someone()];
    const call = this.gallery.mergeIdentities('default', from, to);
    const [gone, target] = [this.model.people.get(from), this.model.people.get(to)];
    if (gone === undefined || target === undefined) return rejects(call, 'IDENTITY_NOT_FOUND');
    if (from === to) return rejects(call, 'SAME_IDENTITY');
    for (const [id, vector] of gone.faces) target.faces.set(id, vector);
    this.model.people.delete(from);
    this.#same(await call);
  }

  /** Somebody's time is over now, or in an hour: then nothing changes. */
  async expire(): Promise<void> {
    const [id, over] = [this.#someone(), this.#random() < 0.5];
    const expiresAt = new Date(Date.now() + (over ? -1 : HOUR));
    const call = this.gallery.update('default', id, { consent: { legalBasis: '', purpose: 'a test', reference: '', expiresAt } });
    const known = this.model.people.get(id);
    if (known === undefined) return rejects(call, 'IDENTITY_NOT_FOUND');
    this.#same(await call);
    if (!over) return;
    this.model.people.delete(id);
    for (const vector of known.faces.values()) {
      const [answer = []] = await this.gallery.search('default', [vector], 3);
      assert.ok(answer.every(({ identityId }) => identityId !== id), 'somebody whose time is over was named');
    }
    while (await this.#isThere(id));
  }

  async search(): Promise<void> {
    const near = this.model.faceAt(this.#random());
    const probe = direction(this.#random, this.#random() < 0.5 ? near : undefined);
    const [answer = []] = await this.gallery.search('default', [probe], 3);
    const expected = this.model.nearest(probe, 3);
    const found = answer.map(({ identityId }) => identityId);
    assert.deepEqual([new Set(found).size, found.length], [found.length, expected.length], 'an identity too often, or too few');
    for (const { similarity, faceId, name, identityId } of answer) {
      const known = this.model.people.get(identityId);
      const vector = known?.faces.get(faceId);
      assert.ok(vector !== undefined && Math.abs(similarity - cosine(vector, probe)) < 1e-5, 'a ghost');
      assert.equal(known?.name, name);
    }
    this.tally.searches++;
    if (expected.some(({ id }, i) => id !== found[i])) this.tally.misses++;
  }

  async restart(): Promise<void> {
    await this.compareAll();
    await this.#gallery.close();
    this.#gallery = await this.#folder.open(OPTIONS);
    await this.compareAll();
    this.tally.restarts++;
  }

  /** The open gallery is backed up, and proved and restored in another folder. */
  async snapshot(): Promise<void> {
    const file = join(this.#folder.dir, 'snapshot');
    const elsewhere = new Folder();
    try {
      await backupGallery(this.#folder.dir, file);
      const { replaced, findings } = await restoreGallery(elsewhere.dir, file, NETWORK);
      assert.ok(replaced, JSON.stringify(findings));
      await this.compareAll(await elsewhere.open(OPTIONS));
      this.tally.snapshots++;
    } finally {
      await elsewhere.remove();
      rmSync(file, { force: true });
    }
  }

  /** Every person with all that is known of them, and every face by a search for it. */
  async compareAll(gallery = this.gallery): Promise<void> {
    const { identities } = await gallery.list('default', { pageSize: 10_000, pageToken: '', tag: '', namePrefix: '' });
    assert.deepEqual(identities.map(({ id }) => id), [...this.model.people.keys()].sort());
    for (const identity of identities) this.#same(identity);
    const faces = [...this.model.people.values()].flatMap((known) => [...known.faces]);
    const stats = await gallery.stats('default');
    assert.deepEqual([stats.identities, stats.faces, stats.indexFaces], [identities.length, faces.length, faces.length]);
    const answers = await gallery.search('default', faces.map(([, vector]) => vector), 1);
    assert.deepEqual(answers.map(([match]) => match?.faceId), faces.map(([id]) => id), 'a lost face');
  }

  async #isThere(id: string): Promise<boolean> {
    const { identities } = await this.gallery.list('default', { pageSize: 10_000, pageToken: '', tag: '', namePrefix: '' });
    return identities.some((identity) => identity.id === id);
  }

  #same(identity: Identity): void {
    const known = this.model.people.get(identity.id);
    const { name, externalId, tags } = identity;
    assert.deepEqual({ name, externalId, tags }, { name: known?.name, externalId: known?.externalId, tags: known?.tags });
    assert.deepEqual(identity.faces.map(({ id }) => id).sort(), [...(known?.faces.keys() ?? [])].sort());
    for (const { quality } of identity.faces) assert.deepEqual(quality, QUALITY);
  }

  #id = (): string => `n${String(this.#made++).padStart(5, '0')}`;
  #face = () => face(direction(this.#random), this.#id());
  #externalId = (): string => (this.#random() < 0.5 ? '' : `e${Math.floor(this.#random() * 200)}`);
  #pick = (from: readonly string[]): string => (this.#random() < 0.05 ? 'nobody' : from[Math.floor(this.#random() * from.length)] ?? 'nobody');
  #someone = (): string => this.#pick([...this.model.people.keys()]);
  #someFace = (): string => this.#pick([...this.model.people.values()].flatMap(({ faces }) => [...faces.keys()]));
}

function rejects(call: Promise<unknown>, reason: string): Promise<void> {
  return assert.rejects(call, (error) => error instanceof GlimpseError && error.detail.reason === reason);
}

/** So many random operations on a gallery and on a model of it; throws at the first difference. */
export async function operate(operations: number, seed: number, note: (tally: Tally) => void = () => undefined): Promise<Tally & { readonly warnings: readonly string[] }> {
  const folder = new Folder();
  try {
    const pair = new Pair(folder, await folder.open(OPTIONS), seeded(seed));
    for (let done = 0; done < operations; done++) {
      await pair.step();
      note(pair.tally);
    }
    await pair.restart();
    return { ...pair.tally, warnings: folder.warnings };
  } finally {
    await folder.remove();
  }
}
