import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Gallery } from '../../src/gallery/port.js';
import { direction, face, Folder, person, refusal, seeded } from './support.js';

describe('gallery: changes and deletions', () => {
  const random = seeded(3);
  const vectors = { a: direction(random), b: direction(random), c: direction(random) };
  let folder: Folder;
  let gallery: Gallery;
  beforeEach(async () => {
    folder = new Folder();
    gallery = await folder.open();
    await gallery.enroll(person([face(vectors.a, 'a'), face(vectors.b, 'b')],
      { id: 'ada', name: 'Ada', externalId: 'e-ada', metadata: { k: 'v' }, tags: ['staff'] }));
    await gallery.enroll(person([face(vectors.c, 'c')], { id: 'bob', name: 'Bob', externalId: 'e-bob' }));
  });
  afterEach(() => folder.remove());

  const nearest = async (vector: Float32Array): Promise<string | undefined> => {
    const [matches = []] = await gallery.search('default', [vector], 1);
    return matches.filter(({ similarity }) => similarity > 0.99)[0]?.identityId;
  };

  it('changes what is given and leaves the rest', async () => {
    const before = await gallery.get('default', { id: 'ada' });
    const after = await gallery.update('default', 'ada', { name: 'Ada Lovelace', tags: ['guest', 'vip'] });
    assert.deepEqual({ ...after, updatedAt: before.updatedAt }, { ...before, name: 'Ada Lovelace', tags: ['guest', 'vip'] });
    assert.ok(after.updatedAt >= before.updatedAt);
    const cleared = await gallery.update('default', 'ada', { externalId: '', metadata: {} });
    assert.deepEqual([cleared.externalId, cleared.metadata, cleared.name], ['', {}, 'Ada Lovelace']);
    assert.equal((await gallery.search('default', [vectors.a], 1))[0]?.[0]?.name, 'Ada Lovelace');
  });

  it('keeps external ids unique, and lets an identity keep its own', async () => {
    await assert.rejects(gallery.update('default', 'bob', { externalId: 'e-ada' }), refusal('exists', 'EXTERNAL_ID_TAKEN'));
    assert.equal((await gallery.get('default', { id: 'bob' })).externalId, 'e-bob');
    assert.equal((await gallery.update('default', 'bob', { externalId: 'e-bob' })).externalId, 'e-bob');
  });

  it('deletes an identity with its faces', async () => {
    assert.equal(await gallery.deleteIdentity('default', 'ada'), 2);
    await assert.rejects(gallery.get('default', { id: 'ada' }), refusal('notFound', 'IDENTITY_NOT_FOUND'));
    assert.equal(await nearest(vectors.a), undefined);
    const { identities, faces, indexFaces } = await gallery.stats('default');
    assert.deepEqual({ identities, faces, indexFaces }, { identities: 1, faces: 1, indexFaces: 1 });
  });

  it('deletes a face; an identity left without any stays', async () => {
    const bob = await gallery.deleteFace('default', 'c');
    assert.deepEqual(bob.faces, []);
    assert.equal((await gallery.get('default', { id: 'bob' })).name, 'Bob');
    assert.equal(await nearest(vectors.c), undefined);
  });

  it('moves a face to another identity', async () => {
    const { from, to } = await gallery.moveFace('default', 'c', 'ada');
    assert.deepEqual([from.id, from.faces.length, to.id, to.faces.length], ['bob', 0, 'ada', 3]);
    assert.equal(await nearest(vectors.c), 'ada');
    const same = await gallery.moveFace('default', 'a', 'ada');
    assert.deepEqual(same.from, same.to);
  });

  it('says what is not there', async () => {
    await assert.rejects(gallery.update('default', 'eve', {}), refusal('notFound', 'IDENTITY_NOT_FOUND'));
    await assert.rejects(gallery.deleteIdentity('other', 'ada'), refusal('notFound', 'IDENTITY_NOT_FOUND'));
    await assert.rejects(gallery.deleteFace('default', 'z'), refusal('notFound', 'FACE_NOT_FOUND'));
    await assert.rejects(gallery.moveFace('default', 'z', 'ada'), refusal('notFound', 'FACE_NOT_FOUND'));
    await assert.rejects(gallery.moveFace('default', 'a', 'eve'), refusal('notFound', 'IDENTITY_NOT_FOUND'));
    await assert.rejects(gallery.get('default', { externalId: 'nobody' }), refusal('notFound', 'IDENTITY_NOT_FOUND'));
  });

  it('erases a deleted vector from every file, while the gallery stays open', async () => {
    const holds = (vector: Float32Array): boolean => {
      const bytes = Buffer.from(vector.buffer, vector.byteOffset, 64);
      return readdirSync(folder.dir, { withFileTypes: true }).filter((entry) => entry.isFile())
        .some(({ name }) => readFileSync(join(folder.dir, name)).includes(bytes));
    };
    assert.equal(holds(vectors.a), true);
    await gallery.deleteIdentity('default', 'ada');
    for (let tries = 0; holds(vectors.a) && tries < 100; tries++) await sleep(100);
    assert.equal(holds(vectors.a), false);
    assert.equal(holds(vectors.c), true);
  });
});
