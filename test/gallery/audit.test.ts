import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openAudit, type AuditQuery, type ToldRow } from '../../src/gallery/audit/open.js';
import { hashOf, NOTHING, type AuditRow } from '../../src/gallery/audit/row.js';
import type { Mark, Verdict } from '../../src/gallery/audit/verify.js';
import type { Gallery } from '../../src/gallery/port.js';
import { direction, face, Folder, person, refusal, seeded } from './support.js';

const CALLER = { actor: 'token:t-1', peer: '192.0.2.7:4711', request: 'r-1' };

describe('gallery: the audit', () => {
  const random = seeded(31);
  let folder: Folder;
  let gallery: Gallery;
  beforeEach(async () => {
    folder = new Folder();
    gallery = (await folder.open({ sweepMilliseconds: 20 })).as(CALLER);
  });
  afterEach(() => folder.remove());

  const rows = (query: AuditQuery = {}): ToldRow[] => {
    const audit = openAudit(folder.dir);
    try {
      return [...audit.rows(query)];
    } finally {
      audit.close();
    }
  };
  const verdict = (mark?: Mark): Verdict => {
    const audit = openAudit(folder.dir);
    try {
      return audit.verify(mark);
    } finally {
      audit.close();
    }
  };
  const enrol = async (id: string = randomUUID(), name = 'Ada'): Promise<string> => {
    await gallery.enroll(person([face(direction(random))], { id, name }));
    return id;
  };

  it('tells who did what to whom, from where, and when', async () => {
    const before = Date.now();
    const [a, b] = [await enrol(), await enrol()];
    await gallery.enroll({ collection: 'default', identity: { existing: a }, faces: [face(direction(random), 'f')] });
    await gallery.update('default', a, { name: 'Ada' });
    await gallery.moveFace('default', 'f', b);
    await gallery.deleteFace('default', 'f');
    for await (const record of gallery.export('default')) await gallery.import('copy', record, 'SKIP');
    await gallery.note({ call: 'Identify', collection: 'default', identities: [b], times: 12 });
    await gallery.deleteIdentity('default', b);
    const told = rows();
    assert.deepEqual(told.map(({ call, collection, identities, times }) => [call, collection, identities, times]), [
      ['Enroll', 'default', [a], 1], ['Enroll', 'default', [b], 1], ['Enroll', 'default', [a], 1], ['UpdateIdentity', 'default', [a], 1],
      ['MoveFace', 'default', [a, b], 1], ['DeleteFace', 'default', [b], 1], ['Export', 'default', [a, b].sort(), 1],
      ...[a, b].sort().map((id) => ['Import', 'copy', [id], 1]), ['Identify', 'default', [b], 12], ['DeleteIdentity', 'default', [b], 1],
    ]);
    for (const { at, actor, peer, request } of told) {
      assert.deepEqual({ actor, peer, request }, CALLER);
      assert.ok(at >= before && at <= Date.now());
    }
    assert.deepEqual(told.map(({ number }) => number), told.map((_, i) => i + 1));
    assert.equal(rows({ identity: a }).length, 6);
    assert.deepEqual([rows({ until: new Date(before) }).length, rows({ since: new Date(before) }).length], [0, told.length]);
  });

  it('names the house where nobody else acts, as when time erases somebody', async () => {
    const id = randomUUID();
    await gallery.enroll(person([], { id, consent: { legalBasis: '', purpose: '', reference: '', expiresAt: new Date(Date.now() + 50) } }));
    while (rows().length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    const [, expired] = rows();
    assert.deepEqual([expired?.call, expired?.actor, expired?.identities], ['Expire', 'glimpse', [id]]);
  });

  it('has no row for what was refused, skipped or only repeated', async () => {
    await gallery.enroll(person([], { id: 'x', externalId: 'e' }));
    await assert.rejects(gallery.enroll(person([], { externalId: 'e' })));
    for await (const record of gallery.export('default')) await gallery.import('default', record, 'SKIP');
    assert.deepEqual(rows().map(({ call }) => call), ['Enroll', 'Export']);
  });

  it('never holds an id that a caller chose, for it may be a name; yet tells of that person when asked', async () => {
    await enrol('ada.lovelace');
    await gallery.deleteIdentity('default', 'ada.lovelace');
    const told = rows({ identity: 'ada.lovelace' });
    assert.deepEqual(told.map(({ call }) => call), ['Enroll', 'DeleteIdentity']);
    assert.equal(JSON.stringify(told).includes('lovelace'), false);
    assert.match(told[0]?.identities[0] ?? '', /^#[0-9a-f]{32}$/);
  });

  it('stays whole when people are erased, and over a restart', async () => {
    for (const id of [await enrol(), await enrol()]) await gallery.deleteIdentity('default', id);
    const { rows: count, head, broken } = verdict();
    assert.deepEqual([count, broken], [4, undefined]);
    await gallery.close();
    gallery = await folder.open();
    await enrol();
    assert.deepEqual([verdict(head).rows, verdict(head).broken], [5, undefined]);
  });

  describe('notices', () => {
    const TEN = 10;
    let head: Mark;
    beforeEach(async () => {
      for (let i = 0; i < TEN; i++) await enrol();
      ({ head } = verdict());
      await gallery.close();
    });

    function tamper(sql: string): Verdict['broken'] {
      const db = new Database(join(folder.dir, 'gallery.db'));
      db.exec(sql);
      db.close();
      return verdict(head).broken;
    }
    /** What somebody could do who knows how the chain is made. */
    function rewrite(): void {
      const db = new Database(join(folder.dir, 'gallery.db'));
      let before: Uint8Array = NOTHING;
      for (const row of db.prepare<[], AuditRow>('SELECT * FROM audit ORDER BY number').all()) {
        before = hashOf(before, row);
        db.prepare('UPDATE audit SET hash = ? WHERE number = ?').run(before, row.number);
        db.prepare('UPDATE audit_head SET number = ?, hash = ?').run(row.number, before);
      }
      db.close();
    }
    const copy = (number: string, from: number): string =>
      `INSERT INTO audit SELECT ${number}, at, actor, peer, request, call, collection, identities, times, hash FROM audit WHERE number = ${from};`;

    for (const column of ['at', 'times']) {
      it(`a changed ${column}`, () => {
        assert.deepEqual([tamper(`UPDATE audit SET ${column} = ${column} + 1 WHERE number = 4`)?.what, verdict().broken?.number], ['changed', 4]);
      });
    }
    for (const column of ['actor', 'peer', 'request', 'call', 'collection']) {
      it(`a changed ${column}`, () => {
        assert.deepEqual([tamper(`UPDATE audit SET ${column} = ${column} || 'x' WHERE number = 4`)?.what, verdict().broken?.number], ['changed', 4]);
      });
    }
    it('other identities', () => { assert.equal(tamper(`UPDATE audit SET identities = '[]' WHERE number = 1`)?.number, 1); });
    it('a changed hash', () => { assert.equal(tamper('UPDATE audit SET hash = zeroblob(32) WHERE number = 10')?.number, 10); });
    it('rows that changed places', () => {
      assert.equal(tamper('UPDATE audit SET number = 99 WHERE number = 5; UPDATE audit SET number = 5 WHERE number = 6; UPDATE audit SET number = 6 WHERE number = 99')?.number, 5);
    });
    it('a removed row', () => { assert.deepEqual(tamper('DELETE FROM audit WHERE number = 5'), { number: 5, what: 'missing', message: '1 rows from number 5 on were removed' }); });
    it('a removed first row', () => { assert.equal(tamper('DELETE FROM audit WHERE number = 1')?.number, 1); });
    it('a removed row whose place was closed', () => { assert.equal(tamper('DELETE FROM audit WHERE number = 5; UPDATE audit SET number = number - 1 WHERE number > 5')?.number, 5); });
    it('a row put in between', () => { assert.equal(tamper(`UPDATE audit SET number = number + 100 WHERE number > 5; UPDATE audit SET number = number - 99 WHERE number > 100; ${copy('6', 3)}`)?.number, 6); });
    it('a tail cut off', () => { assert.deepEqual([tamper('DELETE FROM audit WHERE number > 7')?.number, verdict().broken?.what], [8, 'missing']); });
    it('all of it cut off', () => { assert.equal(tamper('DELETE FROM audit')?.number, 1); });
    it('a tail cut off together with the stamp, by the head that was noted', () => {
      tamper('DELETE FROM audit WHERE number > 7');
      rewrite();
      assert.equal(verdict().broken, undefined);
      assert.deepEqual([verdict(head).broken?.number, verdict(head).broken?.what], [8, 'missing']);
    });
    it('a chain written anew, by the head that was noted', () => {
      tamper(`UPDATE audit SET actor = 'nobody' WHERE number = 2`);
      rewrite();
      assert.equal(verdict().broken, undefined);
      assert.deepEqual([verdict(head).broken?.number, verdict(head).broken?.what], [TEN, 'rewritten']);
    });
    it('a row added behind the last, with a hash that fits', () => {
      rewrite();
      const db = new Database(join(folder.dir, 'gallery.db'));
      const last = db.prepare<[], AuditRow & { hash: Buffer }>('SELECT * FROM audit ORDER BY number DESC').get();
      assert.ok(last);
      const more = { ...last, number: TEN + 1 };
      db.exec(copy(String(more.number), TEN));
      db.prepare('UPDATE audit SET hash = ? WHERE number = ?').run(hashOf(last.hash, more), more.number);
      db.close();
      assert.deepEqual([verdict().broken?.what, verdict().broken?.number], ['added', TEN + 1]);
    });
    it('a changed and a removed stamp', () => {
      assert.equal(tamper('UPDATE audit_head SET hash = zeroblob(32)')?.what, 'changed');
      assert.equal(tamper('DELETE FROM audit_head')?.what, 'missing');
    });
  });

  it('says that there is no gallery, or that it is too old', async () => {
    assert.throws(() => openAudit(join(folder.dir, 'elsewhere')), refusal('precondition', 'NO_GALLERY'));
    await gallery.close();
    const db = new Database(join(folder.dir, 'gallery.db'));
    db.exec('DELETE FROM schema_migration WHERE version >= 3; DROP TABLE audit; DROP TABLE audit_head; DROP TABLE rejection');
    db.close();
    assert.throws(() => openAudit(folder.dir), refusal('precondition', 'GALLERY_OUTDATED'));
  });
});
