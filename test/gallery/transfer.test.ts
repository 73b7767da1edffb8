import assert from 'node:assert/strict';
import type { Gallery, IdentityRecord } from '../../src/gallery/port.js';
import { direction, face, person, refusal, seeded, withGallery } from './support.js';

async function exported(gallery: Gallery, collection = 'default'): Promise<IdentityRecord[]> {
  const records: IdentityRecord[] = [];
  for await (const record of gallery.export(collection)) records.push(record);
  return records;
}

describe('gallery: export and import', () => {
  const random = seeded(5);
  let gallery: Gallery;
  withGallery((_, opened) => {
    gallery = opened;
  });

  const record = (id: string, externalId: string, faceIds: string[]): IdentityRecord => ({
    id, externalId, name: `name of ${id}`, metadata: { from: 'elsewhere' }, tags: ['t'], createdAt: new Date(1_600_000_000_000),
    faces: faceIds.map((faceId) => ({ ...face(direction(random), faceId), createdAt: new Date(1_600_000_000_500) })),
  });

  it('brings everything over, to the last bit', async () => {
    const people = Array.from({ length: 230 }, (_, i) =>
      person(Array.from({ length: 1 + (i % 3) }, () => face(direction(random))), { externalId: i % 2 === 0 ? `e${i}` : '', tags: ['x', 'a'], metadata: { i: String(i) } }));
    await Promise.all(people.map((one) => gallery.enroll(one)));
    const records = await exported(gallery);
    assert.equal(records.length, 230);
    const original = people.find(({ identity }) => 'id' in identity && identity.id === records[7]?.id);
    assert.deepEqual(records[7]?.faces.map(({ embedding }) => embedding), original?.faces.map(({ embedding }) => embedding));
    for (const one of records) assert.deepEqual(await gallery.import('copy', one, 'SKIP'), { id: one.id, outcome: 'IMPORTED' });
    assert.deepEqual(await exported(gallery, 'copy'), records);
    const probe = records[11]?.faces[0]?.embedding as Float32Array;
    assert.equal((await gallery.search('copy', [probe], 1))[0]?.[0]?.identityId, records[11]?.id);
  });

  it('exports nothing from nowhere', async () => assert.deepEqual(await exported(gallery, 'nobody'), []));

  it('leaves out what is there when told to skip', async () => {
    await gallery.import('default', record('a', 'e1', ['f1']), 'SKIP');
    assert.deepEqual(await gallery.import('default', record('a', '', ['f2']), 'SKIP'), { id: 'a', outcome: 'SKIPPED' });
    assert.deepEqual(await gallery.import('default', record('b', 'e1', ['f3']), 'SKIP'), { id: 'a', outcome: 'SKIPPED' });
    assert.equal((await gallery.stats('default')).faces, 1);
  });

  it('puts the record in the place of all it clashes with when told to replace', async () => {
    const [first, second] = [record('a', 'e1', ['f1', 'f2']), record('b', 'e2', ['f3'])];
    await gallery.import('default', first, 'REPLACE');
    await gallery.import('default', second, 'REPLACE');
    const third = record('a', 'e2', ['f1']);
    assert.deepEqual(await gallery.import('default', third, 'REPLACE'), { id: 'a', outcome: 'REPLACED' });
    assert.deepEqual(await exported(gallery), [third]);
    for (const { embedding } of [...first.faces, ...second.faces]) {
      const [[match] = []] = await gallery.search('default', [embedding], 1);
      assert.ok((match?.similarity ?? 0) < 0.9, 'a replaced face still answers');
    }
  });

  it('refuses a face id that another identity has, and leaves both as they were', async () => {
    await gallery.import('default', record('a', '', ['f1']), 'SKIP');
    await assert.rejects(gallery.import('default', record('b', '', ['f2', 'f1']), 'REPLACE'), refusal('exists', 'FACE_ID_TAKEN'));
    assert.deepEqual((await exported(gallery)).map(({ id }) => id), ['a']);
  });

  it('goes on while people come and go', async () => {
    await Promise.all(Array.from({ length: 150 }, (_, i) => gallery.enroll(person([face(direction(random))], { id: `p${String(i).padStart(3, '0')}` }))));
    const seen: string[] = [];
    for await (const { id } of gallery.export('default')) {
      if (seen.length === 0) await gallery.deleteIdentity('default', 'p149');
      seen.push(id);
    }
    assert.deepEqual(seen, Array.from({ length: 149 }, (_, i) => `p${String(i).padStart(3, '0')}`));
  });
});
