import type { Connection } from '../database.js';
import type { NewEvent } from '../events.js';
import { unchanged, type Change } from './change.js';

/** Most events that one write sweeps, so that other writes have their turn. */
const MOST_SWEPT = 512;

export interface HookMark {
  readonly hook: string;
  readonly number: number;
}

/** What is written of events, and how they go with whom they are about. */
export function eventKeeper(db: Connection, keptSeconds: number) {
  const numberOf = db.prepare<[string, string], number>('SELECT i.number FROM collection c JOIN identity i ON i.collection = c.number WHERE c.name = ? AND i.id = ?').pluck();
  const add = db.prepare<[{ kind: string; visit: string; camera: string; collection: string; at: number; now: number; identity: number | null; previous: number | null; owner: number | null; going: 0 | 1; details: string }]>(
    `INSERT INTO event (kind, visit, camera, collection, at, written_at, identity, previous, owner, going, details)
     VALUES (@kind, @visit, @camera, @collection, @at, @now, @identity, @previous, @owner, @going, @details)`);
  const begun = db.prepare<[string], { owner: number | null }>("SELECT owner FROM event WHERE visit = ? AND kind = 'APPEARED'");
  const own = db.prepare<[number | null, string]>('UPDATE event SET owner = ? WHERE visit = ?');
  const over = db.prepare<[string]>("UPDATE event SET going = 0 WHERE visit = ? AND kind = 'APPEARED'");
  const going = db.prepare<[], { visit: string }>('SELECT visit FROM event WHERE going = 1');
  const last = db.prepare<[string], { kind: string; camera: string; collection: string; at: number; identity: number | null; owner: number | null; details: string }>(
    'SELECT kind, camera, collection, at, identity, owner, details FROM event WHERE visit = ? ORDER BY number DESC LIMIT 1');
  const overdue = db.prepare<[number], number>(`SELECT number FROM event WHERE written_at <= ? ORDER BY number LIMIT ${MOST_SWEPT}`).pluck();
  const drop = db.prepare<[number]>('DELETE FROM event WHERE number = ?');
  const swept = db.prepare<[number]>('UPDATE event_head SET swept = max(swept, ?)');
  const mark = db.prepare<[string, number]>('UPDATE event_head SET hook = ?, hooked = ?');

  const write = ({ kind, visit, camera, collection, at, identity, previous, details }: NewEvent): void => {
    const who = identity === undefined ? null : (numberOf.get(collection, identity) ?? null);
    const before = previous === undefined ? null : (numberOf.get(previous.collection, previous.id) ?? null);
    const first = begun.get(visit);
    const erased = (identity !== undefined && who === null) || (previous !== undefined && before === null);
    // A visit whose beginning is gone was somebody's who was erased; a naming of somebody who is gone is told to nobody.
    if (kind !== 'APPEARED' && (first === undefined || (erased && kind !== 'LEFT'))) return;
    const owner = who ?? before ?? first?.owner ?? null;
    const { similarity, threshold, ...rest } = details;
    const told = who === null ? rest : { ...rest, similarity, threshold };
    add.run({ kind, visit, camera, collection, at, now: Date.now(), identity: who, previous: before, owner, going: kind === 'APPEARED' ? 1 : 0, details: JSON.stringify(told) });
    if (owner !== (first?.owner ?? null)) own.run(owner, visit);
    if (kind === 'LEFT') over.run(visit);
  };

  return {
    addEvents: ({ events }: { readonly events: readonly NewEvent[] }): Change<undefined> => {
      events.forEach(write);
      return unchanged(undefined);
    },
    /** Visits that were going on when the process before this one ended, by whatever cause. Returns how many. */
    endVisits: ({ now }: { readonly now: number }): Change<number> => {
      const visits = going.all();
      for (const { visit } of visits) {
        const row = last.get(visit);
        if (row === undefined) continue;
        const details = JSON.stringify({ ...(JSON.parse(row.details) as object), reason: 'the server stopped' });
        add.run({ ...row, kind: 'LEFT', visit, now, previous: null, going: 0, details });
        over.run(visit);
      }
      return unchanged(visits.length);
    },
    setHooked: ({ hook, number }: HookMark): Change<undefined> => {
      mark.run(hook, number);
      return unchanged(undefined);
    },
    /** Drops what was kept for long enough. Returns how many. */
    sweepEvents: (now: number): Change<number> => {
      const numbers = overdue.all(now - keptSeconds * 1000);
      for (const number of numbers) drop.run(number);
      const newest = numbers.at(-1);
      if (newest !== undefined) swept.run(newest);
      return { ...unchanged(numbers.length), erased: numbers.length > 0 };
    },
  };
}

/** What was one identity's becomes another's; by their row numbers. */
export function eventGiver(db: Connection): (from: number, to: number) => void {
  const give = ['identity', 'previous', 'owner'].map((column) => db.prepare<[number, number]>(`UPDATE event SET ${column} = ? WHERE ${column} = ?`));
  return (from, to) => {
    for (const statement of give) statement.run(to, from);
  };
}

/** The visits that are an identity's own, by its row number. */
export function visitFinder(db: Connection): (identity: number) => string[] {
  const visits = db.prepare<[number], string>('SELECT DISTINCT visit FROM event WHERE owner = ?').pluck();
  return (identity) => visits.all(identity);
}
