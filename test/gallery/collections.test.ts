import assert from 'node:assert/strict';
import type { Gallery } from '../../src/gallery/port.js';
import { verifyGallery } from '../../src/gallery/verify/verify.js';
import { direction, face, Folder, NETWORK, person, refusal, seeded, withGallery } from './support.js';

const OTHER = 'b'.repeat(64);

describe('gallery: collections', () => {
  const random = seeded(21);
  const [ada, bob, eve] = [direction(random), direction(random), direction(random)] as const;
  let folder: Folder;
  let gallery: Gallery;
  withGallery((own, opened) => {
    [folder, gallery] = [own, opened];
  });

  const enrol = async (collection: string, id: string, vector: Float32Array): Promise<void> => {
    await gallery.enroll({ ...person([face(vector, `${id} 1`)], { id, name: id }), collection });
  };
  const found = async (collections: readonly string[], probe: Float32Array): Promise<unknown[]> =>
    (await gallery.search(collections, [probe], 5)).flat().map(({ collection, identityId }) => `${collection}/${identityId}`);

  it('are searched one, or several as if they were one, best first; a match says whose it is', async () => {
    await enrol('staff', 'ada', ada);
    await enrol('guests', 'ada', direction(random, ada, 0.5));
    await enrol('guests', 'bob', bob);
    assert.deepEqual((await found(['staff'], ada)), ['staff/ada']);
    assert.deepEqual((await found(['guests', 'staff'], ada)).slice(0, 2), ['staff/ada', 'guests/ada']);
    assert.equal((await found(['guests', 'staff', 'nobody'], bob))[0], 'guests/bob');
    assert.equal((await gallery.search(['guests', 'staff'], [ada], 1))[0]?.length, 1);
  });

  it('hold no more than they may', async () => {
    assert.deepEqual(await gallery.setCollection('guests', { mostIdentities: 2, mostFaces: 3 }), { name: 'guests', network: NETWORK, identities: 0, faces: 0, mostIdentities: 2, mostFaces: 3 });
    await enrol('guests', 'ada', ada);
    await enrol('guests', 'bob', bob);
    await assert.rejects(enrol('guests', 'eve', eve), refusal('overloaded', 'COLLECTION_FULL'));
    const more = (id: string): Promise<unknown> => gallery.enroll({ collection: 'guests', identity: { existing: 'ada' }, faces: [face(eve, id)] });
    await more('third');
    await assert.rejects(more('fourth'), refusal('overloaded', 'COLLECTION_FULL'));
    assert.deepEqual(await gallery.collections(), [{ name: 'guests', network: NETWORK, identities: 2, faces: 3, mostIdentities: 2, mostFaces: 3 }]);
    await gallery.setCollection('guests', {});
    await enrol('guests', 'eve', eve);
    assert.equal((await gallery.stats('guests')).identities, 3);
  });

  it('are deleted when nobody is in them', async () => {
    await enrol('guests', 'ada', ada);
    await assert.rejects(gallery.deleteCollection('guests'), refusal('precondition', 'COLLECTION_NOT_EMPTY'));
    await gallery.deleteIdentity('guests', 'ada');
    await gallery.deleteCollection('guests');
    assert.deepEqual(await gallery.collections(), []);
    await assert.rejects(gallery.deleteCollection('guests'), refusal('notFound', 'COLLECTION_NOT_FOUND'));
  });

  it('of another network are kept, shown, exported and emptied, but neither searched nor added to; beside them new ones are used', async () => {
    await enrol('old', 'ada', ada);
    await enrol('old', 'bob', bob);
    await gallery.close();
    gallery = await folder.open({ network: OTHER });
    assert.deepEqual(folder.warnings, ['made by another network: kept, but not searched']);
    const refused = refusal('precondition', 'NETWORK_MISMATCH');
    await assert.rejects(gallery.search('old', [ada], 1), refused);
    await assert.rejects(gallery.search(['new', 'old'], [ada], 1), refused);
    await assert.rejects(enrol('old', 'eve', eve), refused);
    await enrol('new', 'eve', eve);
    assert.deepEqual(await found(['new'], eve), ['new/eve']);
    assert.deepEqual((await gallery.collections()).map(({ name, network, faces }) => [name, network, faces]), [['new', OTHER, 1], ['old', NETWORK, 2]]);
    assert.equal((await gallery.stats('old')).network, NETWORK);
    const exported = [];
    for await (const { id } of gallery.export('old')) exported.push(id);
    assert.deepEqual(exported, ['ada', 'bob']);
    assert.equal((await gallery.update('old', 'ada', { name: 'Ada' })).name, 'Ada');
    assert.equal((await gallery.erase('old', 'ada')).bytesLeft, 0);
    await gallery.close();

    assert.ok((await verifyGallery(folder.dir, OTHER)).every(({ problems }) => problems.length === 0));
    gallery = await folder.open();
    assert.deepEqual(await found(['old'], bob), ['old/bob']);
    await assert.rejects(gallery.search('new', [eve], 1), refused);
  });
});

describe('gallery: merging', () => {
  it('gives all faces to the other and leaves nothing of the first', async () => {
    const random = seeded(22);
    const folder = new Folder();
    const gallery = await folder.open();
    const [one, two, three] = [direction(random), direction(random), direction(random)] as const;
    await gallery.enroll(person([face(one, 'f1'), face(two, 'f2')], { id: 'a', name: 'A' }));
    await gallery.enroll(person([face(three, 'f3')], { id: 'b', name: 'B' }));
    const merged = await gallery.mergeIdentities('default', 'a', 'b');
    assert.deepEqual([merged.id, merged.name, merged.faces.map(({ id }) => id).sort()], ['b', 'B', ['f1', 'f2', 'f3']]);
    const answers = await gallery.search('default', [one, two, three], 5);
    assert.deepEqual(answers.map((matches) => matches.map(({ identityId }) => identityId)), [['b'], ['b'], ['b']]);
    await assert.rejects(gallery.get('default', { id: 'a' }), refusal('notFound', 'IDENTITY_NOT_FOUND'));
    await assert.rejects(gallery.mergeIdentities('default', 'b', 'b'), refusal('invalid', 'SAME_IDENTITY'));
    await folder.remove();
  });
});
