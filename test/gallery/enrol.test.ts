import assert from 'node:assert/strict';
import type { Gallery } from '../../src/gallery/port.js';
import { direction, face, person, QUALITY, refusal, seeded, withGallery } from './support.js';

describe('gallery: enrolment', () => {
  const random = seeded(1);
  let gallery: Gallery;
  withGallery((_, opened) => {
    gallery = opened;
  });

  it('keeps a new person with all that was said about them', async () => {
    const before = Date.now();
    const faces = [face(direction(random), 'f1'), face(direction(random), 'f2')];
    const metadata = { room: '12', ['__proto__']: 'odd' };
    const { identity, created } = await gallery.enroll(person(faces, { id: 'p1', name: 'Ada', externalId: 'e1', metadata, tags: ['b', 'a', 'b'] }));
    assert.equal(created, true);
    assert.deepEqual(identity, await gallery.get('default', { id: 'p1' }));
    assert.deepEqual(identity, await gallery.get('default', { externalId: 'e1' }));
    const { createdAt, updatedAt, faces: kept, ...rest } = identity;
    assert.deepEqual(rest, { id: 'p1', collection: 'default', name: 'Ada', externalId: 'e1', metadata, tags: ['b', 'a'] });
    assert.deepEqual(kept.map(({ id, label, quality }) => ({ id, label, quality })),
      [{ id: 'f1', label: 'f1.jpg', quality: QUALITY }, { id: 'f2', label: 'f2.jpg', quality: QUALITY }]);
    assert.ok(createdAt.getTime() >= before && updatedAt.getTime() === createdAt.getTime());
  });

  it('finds what it has acknowledged, at once', async () => {
    const probe = direction(random);
    await gallery.enroll(person([face(probe, 'f1')], { id: 'p1', name: 'Ada', externalId: 'e1' }));
    await gallery.enroll(person([face(direction(random))]));
    const [[best] = []] = await gallery.search('default', [probe], 1);
    assert.ok(best !== undefined && Math.abs(best.similarity - 1) < 1e-6);
    assert.deepEqual({ ...best, similarity: 1 }, { collection: 'default', identityId: 'p1', externalId: 'e1', name: 'Ada', similarity: 1, faceId: 'f1' });
  });

  it('adds faces to a known person, oldest first', async () => {
    await gallery.enroll(person([face(direction(random), 'f1')], { id: 'p1' }));
    const again = await gallery.enroll({ collection: 'default', identity: { existing: 'p1' }, faces: [face(direction(random), 'f2')] });
    assert.equal(again.created, false);
    assert.deepEqual(again.identity.faces.map(({ id }) => id), ['f1', 'f2']);
  });

  it('takes embeddings that lie within larger buffers, and leaves them to their owner', async () => {
    const batch = new Float32Array(3 * 256);
    const embedding = batch.subarray(256, 512);
    embedding.set(direction(random));
    await gallery.enroll(person([face(embedding)], { id: 'p1' }));
    const [[match] = []] = await gallery.search('default', [embedding], 1);
    assert.equal(match?.identityId, 'p1');
    assert.equal(batch.length, 768);
  });

  it('refuses what it cannot keep, by name, and keeps nothing of it', async () => {
    await gallery.enroll(person([face(direction(random), 'f1')], { id: 'p1', externalId: 'e1' }));
    const one = (): Float32Array => direction(random);
    const cases: [string, string, () => Promise<unknown>][] = [
      ['exists', 'EXTERNAL_ID_TAKEN', () => gallery.enroll(person([face(one())], { externalId: 'e1' }))],
      ['exists', 'IDENTITY_ID_TAKEN', () => gallery.enroll(person([face(one())], { id: 'p1' }))],
      ['exists', 'FACE_ID_TAKEN', () => gallery.enroll(person([face(one()), face(one(), 'f1')]))],
      ['notFound', 'IDENTITY_NOT_FOUND', () => gallery.enroll({ collection: 'default', identity: { existing: 'p2' }, faces: [face(one())] })],
      ['invalid', 'BAD_COLLECTION', () => gallery.enroll({ ...person([face(one())]), collection: '../x' })],
      ['invalid', 'BAD_FACE', () => gallery.enroll(person([face(new Float32Array(255))]))],
      ['invalid', 'BAD_FACE', () => gallery.enroll(person([face(new Float32Array(256))]))],
      ['invalid', 'BAD_FACE', () => gallery.enroll(person([face(one().map((x) => x * 2))]))],
      ['invalid', 'BAD_FACE', () => gallery.enroll(person([face(one().fill(NaN))]))],
      ['invalid', 'ID_MISSING', () => gallery.enroll(person([face(one(), '')]))],
    ];
    for (const [kind, reason, call] of cases) await assert.rejects(call(), refusal(kind, reason), reason);
    const { identities, faces, indexFaces } = await gallery.stats('default');
    assert.deepEqual({ identities, faces, indexFaces }, { identities: 1, faces: 1, indexFaces: 1 });
  });

  it('keeps collections apart', async () => {
    const probe = direction(random);
    await gallery.enroll(person([face(probe, 'f1')], { id: 'p1', externalId: 'e1' }));
    await gallery.enroll({ ...person([face(direction(random), 'f1')], { id: 'p1', externalId: 'e1', name: 'Eve' }), collection: 'other' });
    assert.equal((await gallery.search('default', [probe], 5))[0]?.length, 1);
    assert.equal((await gallery.get('other', { id: 'p1' })).name, 'Eve');
    assert.deepEqual((await gallery.stats('other')).collections, ['default', 'other']);
    assert.deepEqual(await gallery.search('nobody-was-here', [probe], 5), [[]]);
  });
});
