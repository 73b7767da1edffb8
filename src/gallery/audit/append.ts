import type { Connection } from '../database.js';
import { auditId, hashOf, type AuditRow, type Caller, type Deed } from './row.js';

export type Append = (by: Caller, deed: Deed) => void;

/** Adds rows to the chain, in the transaction that is open: a change and its row are on disk together or not at all. */
export function appender(db: Connection): Append {
  const head = db.prepare<[], { number: number; hash: Buffer; salt: Buffer }>('SELECT number, hash, salt FROM audit_head');
  const add = db.prepare<[AuditRow & { hash: Buffer }]>(
    `INSERT INTO audit (number, at, actor, peer, request, call, collection, identities, times, hash)
     VALUES (@number, @at, @actor, @peer, @request, @call, @collection, @identities, @times, @hash)`);
  const move = db.prepare<[number, Buffer]>('UPDATE audit_head SET number = ?, hash = ?');

  return ({ actor, peer, request }, { call, collection, identities, times = 1 }) => {
    const last = head.get();
    if (last === undefined) throw new Error('the audit has lost its head');
    const ids = JSON.stringify(identities.map((id) => auditId(last.salt, id)));
    const row = { number: last.number + 1, at: Date.now(), actor, peer, request, call, collection, identities: ids, times };
    const hash = hashOf(last.hash, row);
    add.run({ ...row, hash });
    move.run(row.number, hash);
  };
}
