import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { backupGallery } from '../../src/gallery/backup.js';
import type { EventFilter, NewEvent, StoredEvent } from '../../src/gallery/events.js';
import type { Gallery } from '../../src/gallery/port.js';
import { restoreGallery } from '../../src/gallery/restore.js';
import { verifyGallery } from '../../src/gallery/verify/verify.js';
import type { EventKind } from '../../src/types.js';
import { direction, face, type Folder, NETWORK, person, seeded, tamper, withGallery } from './support.js';

const ALL: EventFilter = { cameras: [], kinds: [], identityIds: [], collections: [] };
const KILLED = fileURLToPath(new URL('./events-storm.js', import.meta.url));
const random = seeded(3);
const visitId = (n: number): string => `018f0000-0000-5000-8000-${String(n).padStart(12, '0')}`;

export function event(kind: EventKind, visit: number, who?: string, rest: Partial<NewEvent> = {}): NewEvent {
  const details = { trackId: visit, firstSeen: 900, lastSeen: 1000, box: { x: 1, y: 2, width: 30, height: 40 }, zones: ['door'], reason: 'because', ...(who === undefined ? { anonymousId: String(visit) } : { similarity: 0.7, threshold: 0.4 }) };
  return { kind, visit: visitId(visit), camera: 'gate', collection: 'default', at: 1000, details, ...(who !== undefined && { identity: who }), ...rest };
}

const visitOf = (visit: number, who: string): NewEvent[] => [event('APPEARED', visit), event('CONFIRMED', visit, who), event('LEFT', visit, who)];

describe('gallery: events', () => {
  let folder: Folder;
  let gallery: Gallery;
  const all = async (filter: Partial<EventFilter> = {}, after = 0): Promise<StoredEvent[]> => [...(await gallery.events(after, { ...ALL, ...filter })).events];
  const short = (events: readonly StoredEvent[]): string[] => events.map(({ kind, visit, identity }) => `${kind} ${Number(visit.slice(-12))} ${identity?.name ?? '-'}`);
  const enrol = (name: string, consent?: { expiresAt: Date }): Promise<string> =>
    gallery.enroll(person([face(direction(random))], { name, ...(consent && { consent: { legalBasis: '', purpose: '', reference: '', ...consent } }) })).then(({ identity }) => identity.id);
  withGallery((own, opened) => {
    [folder, gallery] = [own, opened];
  });

  it('are read as they were written, by cursor and filter, under the names that people have now', async () => {
    const [ada, bob] = [await enrol('Ada'), await enrol('Bob')];
    await gallery.addEvents([...visitOf(1, ada), event('APPEARED', 2, undefined, { camera: 'hall' })]);
    await gallery.addEvents([event('CONFIRMED', 2, ada, { camera: 'hall' }), event('CHANGED', 2, bob, { camera: 'hall', previous: { collection: 'default', id: ada } })]);
    await gallery.update('default', ada, { name: 'Ada L.' });
    const told = await all();
    assert.deepEqual(short(told), ['APPEARED 1 -', 'CONFIRMED 1 Ada L.', 'LEFT 1 Ada L.', 'APPEARED 2 -', 'CONFIRMED 2 Ada L.', 'CHANGED 2 Bob']);
    const { number, identity, ...rest } = told[1] as StoredEvent;
    const { identity: id, ...given } = event('CONFIRMED', 1, ada);
    assert.deepEqual([rest, identity, number], [given, { id, name: 'Ada L.', externalId: '' }, 2]);
    assert.equal(told[5]?.previous?.id, ada);
    assert.deepEqual(short(await all({ cameras: ['hall'], kinds: ['APPEARED', 'CHANGED'] })), ['APPEARED 2 -', 'CHANGED 2 Bob']);
    assert.deepEqual(short(await all({ identityIds: [ada] }, 3)), ['CONFIRMED 2 Ada L.', 'CHANGED 2 Bob']);
    assert.deepEqual(await all({ collections: ['other'] }), []);
    const { line, ...head } = await gallery.eventHead();
    assert.deepEqual([head, line.length], [{ swept: 0, newest: 6 }, 8]);
  });

  it('come in pages that are looked through to the end, whatever the filter lets pass', async () => {
    await gallery.addEvents(Array.from({ length: 600 }, (_, i) => event('APPEARED', i)));
    const first = await gallery.events(0, ALL);
    assert.deepEqual([first.events.length, first.lookedTo, first.more], [256, 256, true]);
    assert.deepEqual((await gallery.events(256, { ...ALL, kinds: ['LEFT'] })), { events: [], lookedTo: 600, more: false, swept: 0 });
  });

  it('an erased person’s visits go from every file, those of others stay', async () => {
    const [ada, bob] = [await enrol('Ada Lovelace'), await enrol('Bob')];
    // Bob was first taken for Ada: what names her goes, the rest of his visit stays.
    await gallery.addEvents([...visitOf(1, ada), event('APPEARED', 2), event('CONFIRMED', 2, ada), event('CHANGED', 2, bob, { previous: { collection: 'default', id: ada } }), event('LEFT', 2, bob), ...visitOf(3, bob)]);
    const receipt = await gallery.erase('default', ada);
    assert.equal(receipt.bytesLeft, 0);
    assert.deepEqual(receipt.erased.filter(({ kind }) => kind === 'visit').map(({ searched, heldByOthers }) => [searched, heldByOthers]), [[true, false]]);
    assert.deepEqual(short(await all()), ['APPEARED 2 -', 'LEFT 2 Bob', 'APPEARED 3 -', 'CONFIRMED 3 Bob', 'LEFT 3 Bob']);
    // What comes late of a visit that was hers is told to nobody; an unknown person's goes on.
    await gallery.addEvents([event('LEFT', 1, ada), event('APPEARED', 4), event('CONFIRMED', 4, ada), event('LEFT', 4, ada)]);
    assert.deepEqual(short(await all({}, 10)), ['APPEARED 4 -', 'LEFT 4 -']);
  });

  it('an expired person’s are told to nobody, and go', async () => {
    const ada = await enrol('Ada', { expiresAt: new Date(Date.now() + 150) });
    await gallery.addEvents([...visitOf(1, ada), event('APPEARED', 2)]);
    assert.equal((await all()).length, 4);
    await sleep(160);
    assert.deepEqual(short(await all()), ['APPEARED 2 -']);
  });

  it('a merged person’s become the other’s; a collection’s go with it', async () => {
    const [ada, countess] = [await enrol('Ada'), await enrol('Countess')];
    await gallery.addEvents(visitOf(1, ada));
    await gallery.mergeIdentities('default', ada, countess);
    assert.deepEqual(short(await all()), ['APPEARED 1 -', 'CONFIRMED 1 Countess', 'LEFT 1 Countess']);
    await gallery.setCollection('empty', {});
    await gallery.addEvents([event('APPEARED', 2, undefined, { collection: 'empty' })]);
    await gallery.deleteCollection('empty');
    assert.deepEqual(await all({ collections: ['empty'] }), []);
  });

  it('are swept after their time, and the head says up to where', async () => {
    await gallery.addEvents([event('APPEARED', 1), event('LEFT', 1)]);
    await gallery.close();
    gallery = await folder.open({ eventsKeptSeconds: 60, sweepMilliseconds: 5, now: () => Date.now() + 61_000 });
    for (let tries = 0; (await gallery.eventHead()).swept < 2 && tries < 500; tries++) await sleep(10);
    assert.deepEqual([await all(), (await gallery.eventHead()).swept, (await gallery.eventHead()).newest], [[], 2, 2]);
    assert.equal((await gallery.events(0, ALL)).swept, 2);
  });

  it('visits that were going on when the process ended have left when the next one opens', async () => {
    const ada = await enrol('Ada');
    await gallery.addEvents([event('APPEARED', 1), event('CONFIRMED', 1, ada, { at: 2000 }), event('APPEARED', 2), event('LEFT', 2)]);
    for (let times = 0; times < 2; times++) {
      await gallery.close();
      gallery = await folder.open();
    }
    const told = await all();
    assert.deepEqual(short(told), ['APPEARED 1 -', 'CONFIRMED 1 Ada', 'APPEARED 2 -', 'LEFT 2 -', 'LEFT 1 Ada']);
    assert.deepEqual([told[4]?.at, told[4]?.details.reason, told[4]?.details.similarity], [2000, 'the server stopped', 0.7]);
  });

  it('a damaged one is told to nobody, and verify sees it', async () => {
    await gallery.addEvents([event('APPEARED', 1), event('APPEARED', 2), event('LEFT', 2)]);
    await gallery.close();
    tamper(join(folder.dir, 'gallery.db'), `UPDATE event SET camera = 'gats' WHERE number = 2; UPDATE event SET going = 0`);
    const findings = await verifyGallery(folder.dir, NETWORK);
    assert.deepEqual(findings.flatMap(({ problems }) => problems), ['event number 1 is not as it was written', 'event number 2 is not as it was written']);
    gallery = await folder.open();
    assert.deepEqual(short(await all()), ['LEFT 2 -']);
  });

  it('a cursor does not outlive a backup that is put back', async () => {
    await gallery.addEvents([event('APPEARED', 1)]);
    const before = await gallery.eventHead();
    const file = join(folder.dir, 'copy.db');
    await backupGallery(folder.dir, file);
    await gallery.close();
    await restoreGallery(folder.dir, file, NETWORK);
    gallery = await folder.open();
    const after = await gallery.eventHead();
    assert.deepEqual([after.newest >= before.newest, after.line === before.line], [true, false]);
  });

  it('are on disk when they are acknowledged: kill -9 loses none', async () => {
    await gallery.close();
    const child = spawn(process.execPath, [KILLED, folder.dir], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => { output += text; });
    while (output.split('\n').length < 30) await sleep(2);
    child.kill('SIGKILL');
    await once(child, 'close');
    const acknowledged = output.split('\n').slice(0, -1).map(Number);
    gallery = await folder.open();
    const found = new Set<number>();
    for (let after = 0, more = true; more;) {
      const page = await gallery.events(after, { ...ALL, kinds: ['APPEARED'] });
      for (const { visit } of page.events) found.add(Number(visit.slice(-12)));
      ({ lookedTo: after, more } = page);
    }
    assert.ok(acknowledged.length >= 29);
    assert.deepEqual(acknowledged.filter((visit) => !found.has(visit)), []);
    const kinds = (await all({ kinds: ['APPEARED', 'LEFT'] })).map(({ kind, visit }) => `${visit} ${kind}`);
    assert.equal(new Set(kinds).size, kinds.length);
  });
});
