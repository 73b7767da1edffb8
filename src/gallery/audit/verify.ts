import type { Connection } from '../database.js';
import { hashOf, NOTHING, type AuditRow } from './row.js';

/** A row by its number and hash (hex): who noted it elsewhere can show that the chain still holds it. */
export interface Mark {
  readonly number: number;
  readonly hash: string;
}

export interface Verdict {
  /** Rows that were found in order. */
  readonly rows: number;
  /** The last of them. */
  readonly head: Mark;
  /** The first row that is not as it was written, and what is wrong. */
  readonly broken?: { readonly number: number; readonly what: 'changed' | 'missing' | 'added' | 'rewritten'; readonly message: string };
}

type Broken = NonNullable<Verdict['broken']>;

/** Goes along the whole chain, from the first row to the head. One snapshot, beside whoever writes. */
export function verifyChain(db: Connection, mark?: Mark): Verdict {
  const all = db.prepare<[], AuditRow & { hash: Buffer }>('SELECT * FROM audit ORDER BY number');
  const head = db.prepare<[], { number: number; hash: Buffer }>('SELECT number, hash FROM audit_head');
  return db.transaction((): Verdict => {
    let before: Mark = { number: 0, hash: NOTHING.toString('hex') };
    const verdict = (broken?: Broken): Verdict => ({ rows: before.number, head: before, ...(broken && { broken }) });
    for (const row of all.iterate()) {
      const broken = linkBroken(before, row) ?? markBroken({ number: row.number, hash: row.hash.toString('hex') }, mark);
      if (broken !== undefined) return verdict(broken);
      before = { number: row.number, hash: row.hash.toString('hex') };
    }
    return verdict(headBroken(before, head.get()) ?? cutBelow(before, mark));
  })();
}

function linkBroken(before: Mark, row: AuditRow & { hash: Buffer }): Broken | undefined {
  const next = before.number + 1;
  if (row.number > next) return { number: next, what: 'missing', message: `${row.number - next} rows from number ${next} on were removed` };
  if (hashOf(Buffer.from(before.hash, 'hex'), row).equals(row.hash)) return undefined;
  return { number: next, what: 'changed', message: `row ${next} was changed, or put in` };
}

function markBroken(row: Mark, mark: Mark | undefined): Broken | undefined {
  if (mark?.number !== row.number || mark.hash === row.hash) return undefined;
  return { number: row.number, what: 'rewritten', message: `row ${row.number} is not the one that was noted: the chain was written anew up to there` };
}

function headBroken(last: Mark, head: { number: number; hash: Buffer } | undefined): Broken | undefined {
  if (head === undefined) return { number: last.number + 1, what: 'missing', message: 'the stamp of the last row was removed' };
  if (head.number > last.number) return missingUpTo(last, head.number);
  if (head.number < last.number) return { number: head.number + 1, what: 'added', message: `rows from number ${head.number + 1} on were put in after the last` };
  if (head.hash.toString('hex') === last.hash) return undefined;
  return { number: last.number, what: 'changed', message: 'the stamp of the last row was changed' };
}

const cutBelow = (last: Mark, mark: Mark | undefined): Broken | undefined =>
  mark !== undefined && mark.number > last.number ? missingUpTo(last, mark.number) : undefined;

const missingUpTo = ({ number }: Mark, end: number): Broken =>
  ({ number: number + 1, what: 'missing', message: `the last ${end - number} rows, from number ${number + 1} on, were removed` });
