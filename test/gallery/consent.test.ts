import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consent, Gallery, IdentityRecord } from '../../src/gallery/port.js';
import { direction, face, Folder, person, refusal, seeded } from './support.js';

const DAY = 86_400_000;
const SAID = { legalBasis: 'consent', purpose: 'the door of lab 3', reference: 'HR-2031' };
const expiring = (expiresAt: Date): Consent => ({ ...SAID, expiresAt });

describe('gallery: consent and time', () => {
  const random = seeded(21);
  let folder: Folder;
  let gallery: Gallery;
  /** How far the sweep's clock is ahead, in milliseconds. */
  let ahead: number;
  const open = (): Promise<Gallery> => folder.open({ sweepMilliseconds: 20, now: () => Date.now() + ahead });
  beforeEach(async () => {
    ahead = 0;
    folder = new Folder();
    gallery = await open();
  });
  afterEach(() => folder.remove());

  const records = async (): Promise<IdentityRecord[]> => {
    const found: IdentityRecord[] = [];
    for await (const record of gallery.export('default')) found.push(record);
    return found;
  };
  const ids = async (): Promise<string[]> =>
    (await gallery.list('default', { pageSize: 1000, pageToken: '', tag: '', namePrefix: '' })).identities.map(({ id }) => id);

  it('is kept as it was said, over changes, export and a restart', async () => {
    const consent = expiring(new Date(Date.now() + DAY));
    const { identity } = await gallery.enroll(person([face(direction(random))], { id: 'ada', consent }));
    assert.deepEqual(identity.consent, consent);
    assert.deepEqual((await gallery.update('default', 'ada', { name: 'Ada' })).consent, consent);
    assert.deepEqual((await gallery.update('default', 'ada', { consent: { ...SAID, purpose: '' } })).consent, { ...SAID, purpose: '' });
    assert.equal((await gallery.update('default', 'ada', { consent: { legalBasis: '', purpose: '', reference: '' } })).consent, undefined);
    await gallery.update('default', 'ada', { consent });
    await gallery.close();
    gallery = await open();
    const [record] = await records();
    assert.deepEqual(record?.consent, consent);
    assert.equal((await gallery.import('copy', record, 'SKIP')).outcome, 'IMPORTED');
    assert.deepEqual((await gallery.get('copy', { id: 'ada' })).consent, consent);
  });

  it('is unsaid unless somebody says it', async () => {
    const { identity } = await gallery.enroll(person([face(direction(random))]));
    assert.equal('consent' in identity, false);
  });

  it('refuses a time that is none', async () => {
    const consent = expiring(new Date(NaN));
    await assert.rejects(gallery.enroll(person([], { consent })), refusal('invalid', 'BAD_TIME'));
    await gallery.enroll(person([], { id: 'ada' }));
    await assert.rejects(gallery.update('default', 'ada', { consent }), refusal('invalid', 'BAD_TIME'));
  });

  it('erases whom the clock has overtaken, in every collection, and nobody else', async () => {
    const soon = expiring(new Date(Date.now() + DAY));
    const enrol = (collection: string, id: string, consent?: Consent): Promise<unknown> =>
      gallery.enroll({ ...person([face(direction(random))], { id, ...(consent && { consent }) }), collection });
    await Promise.all(Array.from({ length: 150 }, (_, i) => enrol('default', `gone${i}`, soon)));
    await Promise.all([enrol('other', 'gone', soon), enrol('default', 'later', expiring(new Date(Date.now() + 3 * DAY))), enrol('default', 'stays')]);
    await sleep(100);
    assert.equal((await ids()).length, 152);
    ahead = 2 * DAY;
    const indexed = async (): Promise<number[]> => [(await gallery.stats('default')).indexFaces, (await gallery.stats('other')).indexFaces];
    for (let tries = 0; (await indexed()).join() !== '2,0' && tries < 200; tries++) await sleep(20);
    assert.deepEqual(await indexed(), [2, 0]);
    assert.deepEqual(await ids(), ['later', 'stays']);
    await assert.rejects(gallery.get('other', { id: 'gone' }), refusal('notFound', 'IDENTITY_NOT_FOUND'));
    assert.deepEqual(folder.warnings, []);
  });

  it('takes an identity along that was renewed in time, and leaves expired ones out of an export', async () => {
    ahead = -DAY; // no sweep comes in between
    await gallery.enroll(person([face(direction(random))], { id: 'ada', consent: expiring(new Date(Date.now() - 1)) }));
    assert.deepEqual(await records(), []);
    await gallery.update('default', 'ada', { consent: expiring(new Date(Date.now() + DAY)) });
    assert.deepEqual((await records()).map(({ id }) => id), ['ada']);
    ahead = 0;
    await sleep(100);
    assert.deepEqual(await ids(), ['ada']);
  });

  it('lets no face into or out of an identity that expired', async () => {
    ahead = -DAY;
    await gallery.enroll(person([face(direction(random), 'old')], { id: 'expired', consent: expiring(new Date(Date.now() - 1)) }));
    await gallery.enroll(person([face(direction(random), 'fresh')], { id: 'bob' }));
    const more = { collection: 'default', identity: { existing: 'expired' }, faces: [face(direction(random))] };
    await assert.rejects(gallery.enroll(more), refusal('precondition', 'IDENTITY_EXPIRED'));
    await assert.rejects(gallery.moveFace('default', 'fresh', 'expired'), refusal('precondition', 'IDENTITY_EXPIRED'));
    await assert.rejects(gallery.moveFace('default', 'old', 'bob'), refusal('precondition', 'IDENTITY_EXPIRED'));
  });

  it('gives a moved face the time of its new identity', async () => {
    const at = Date.now() + DAY;
    await gallery.enroll(person([face(direction(random), 'kept'), face(direction(random), 'own')], { id: 'ada', consent: expiring(new Date(at)) }));
    await gallery.enroll(person([], { id: 'bob' }));
    await gallery.moveFace('default', 'kept', 'bob');
    ahead = 2 * DAY;
    for (let tries = 0; (await ids()).length > 1 && tries < 200; tries++) await sleep(20);
    assert.deepEqual((await gallery.get('default', { id: 'bob' })).faces.map(({ id }) => id), ['kept']);
  });
});
