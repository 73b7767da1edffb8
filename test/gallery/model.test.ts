import assert from 'node:assert/strict';
import { GlimpseError } from '../../src/errors.js';
import type { Gallery, Identity } from '../../src/gallery/port.js';
import { cosine, direction, face, Folder, person, QUALITY, seeded } from './support.js';

const OPERATIONS = 2_000;

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

  nearest(probe: Float32Array, topK: number): { id: string; similarity: number }[] {
    return [...this.people].filter(([, { faces }]) => faces.size > 0)
      .map(([id, { faces }]) => ({ id, similarity: Math.max(...[...faces.values()].map((vector) => cosine(vector, probe))) }))
      .sort((a, b) => b.similarity - a.similarity).slice(0, topK);
  }
}

/** Does to both the same, drawn by chance, and compares what they say. */
class Pair {
  readonly model = new Model();
  gallery: Gallery;
  readonly #random: () => number;
  #made = 0;

  constructor(gallery: Gallery, random: () => number) {
    this.gallery = gallery;
    this.#random = random;
  }

  readonly operations: readonly [number, () => Promise<void>][] = [
    [30, () => this.enrol()], [15, () => this.addFace()], [8, () => this.update()], [8, () => this.deleteIdentity()],
    [12, () => this.deleteFace()], [8, () => this.moveFace()], [6, () => this.import()], [13, () => this.search()],
  ];

  async step(): Promise<void> {
    let at = this.#random() * this.operations.reduce((sum, [weight]) => sum + weight, 0);
    const chosen = this.operations.find(([weight]) => (at -= weight) < 0) ?? this.operations[0];
    await chosen?.[1]();
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

  async search(): Promise<void> {
    const probe = direction(this.#random);
    const [answer = []] = await this.gallery.search('default', [probe], 3);
    const expected = this.model.nearest(probe, 3);
    assert.deepEqual(answer.map(({ identityId }) => identityId), expected.map(({ id }) => id));
    for (const [i, { similarity, faceId, name, identityId }] of answer.entries()) {
      assert.ok(Math.abs(similarity - (expected[i]?.similarity ?? 2)) < 1e-5);
      assert.equal(this.model.ownerOf(faceId), identityId);
      assert.equal(this.model.people.get(identityId)?.name, name);
    }
  }

  async compareAll(): Promise<void> {
    const { identities } = await this.gallery.list('default', { pageSize: 10_000, pageToken: '', tag: '', namePrefix: '' });
    assert.deepEqual(identities.map(({ id }) => id), [...this.model.people.keys()].sort());
    for (const identity of identities) this.#same(identity);
    const faces = [...this.model.people.values()].reduce((sum, known) => sum + known.faces.size, 0);
    const stats = await this.gallery.stats('default');
    assert.deepEqual([stats.identities, stats.faces, stats.indexFaces], [identities.length, faces, faces]);
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

describe('gallery: against a plain model', () => {
  it(`says the same after each of ${OPERATIONS} random operations, over restarts`, async function () {
    this.timeout(240_000);
    const random = seeded(11);
    const folder = new Folder();
    try {
      // The border lies where the collection crosses it, so that comparing all and the graph take turns.
      const pair = new Pair(await folder.open({ exactUpTo: 150 }), random);
      for (let done = 0; done < OPERATIONS; done++) {
        await pair.step();
        if (done % 500 === 499) {
          await pair.compareAll();
          await pair.gallery.close();
          pair.gallery = await folder.open({ exactUpTo: 150 });
        }
      }
    } finally {
      await folder.remove();
    }
    assert.deepEqual(folder.warnings, []);
  });
});
