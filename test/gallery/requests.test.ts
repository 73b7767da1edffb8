import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Enrolment, Gallery } from '../../src/gallery/port.js';
import { direction, face, type Folder, person, refusal, seeded, withGallery } from './support.js';

describe('gallery: request ids', () => {
  const random = seeded(2);
  let folder: Folder;
  let gallery: Gallery;
  withGallery((own, opened) => {
    [folder, gallery] = [own, opened];
  });

  const asked = (digest: string, outcome = 'first'): Enrolment =>
    ({ ...person([face(direction(random))]), request: { id: 'r1', digest, outcome } });

  it('gives the first answer again', async () => {
    const first = await gallery.enroll(asked('d1'));
    const second = await gallery.enroll(asked('d1', 'second'));
    assert.deepEqual(second, { ...first, replayed: 'first' });
    assert.deepEqual(await gallery.replay('default', { id: 'r1', digest: 'd1' }), second);
    assert.equal((await gallery.stats('default')).identities, 1);
  });

  it('knows nothing of a request that was never made, or made in another collection', async () => {
    await gallery.enroll(asked('d1'));
    assert.equal(await gallery.replay('default', { id: 'r2', digest: 'd1' }), undefined);
    assert.equal(await gallery.replay('other', { id: 'r1', digest: 'd1' }), undefined);
  });

  it('enrols once when the same request comes many times at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => gallery.enroll(asked('d1', `outcome ${i}`))));
    assert.equal(new Set(answers.map(({ identity }) => identity.id)).size, 1);
    assert.equal(answers.filter(({ replayed }) => replayed === undefined).length, 1);
    assert.equal((await gallery.stats('default')).faces, 1);
  });

  it('refuses the id for another request', async () => {
    await gallery.enroll(asked('d1'));
    await assert.rejects(gallery.enroll(asked('d2')), refusal('exists', 'REQUEST_ID_REUSED'));
    await assert.rejects(gallery.replay('default', { id: 'r1', digest: 'd2' }), refusal('exists', 'REQUEST_ID_REUSED'));
  });

  it('does not remember a request that failed', async () => {
    await gallery.enroll(person([face(direction(random))], { externalId: 'e1' }));
    const clash = { ...person([face(direction(random))], { externalId: 'e1' }), request: { id: 'r1', digest: 'd1', outcome: 'first' } };
    await assert.rejects(gallery.enroll(clash), refusal('exists', 'EXTERNAL_ID_TAKEN'));
    assert.equal((await gallery.enroll(asked('d1'))).replayed, undefined);
  });

  it('remembers across a restart, and forgets with the identity', async () => {
    const { identity } = await gallery.enroll(asked('d1'));
    await gallery.close();
    gallery = await folder.open();
    assert.equal((await gallery.replay('default', { id: 'r1', digest: 'd1' }))?.identity.id, identity.id);
    await gallery.deleteIdentity('default', identity.id);
    assert.equal(await gallery.replay('default', { id: 'r1', digest: 'd1' }), undefined);
  });

  it('forgets after a while', async () => {
    await gallery.close();
    gallery = await folder.open({ requestMemorySeconds: 0.05 });
    await gallery.enroll(asked('d1'));
    await sleep(60);
    assert.equal(await gallery.replay('default', { id: 'r1', digest: 'd1' }), undefined);
    assert.equal((await gallery.enroll(asked('d2'))).created, true);
  });
});
