import type { Connection } from '../database.js';
import type { Change } from './change.js';
import type { Erasure } from './erase.js';

/** Most identities that one write erases, so that other writes have their turn. */
const MOST = 64;

export interface Sweep {
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Erases identities whose time has passed, the longest expired first, of one collection at a time. Returns how many. */
export function sweeper(db: Connection, erase: Erasure) {
  const first = db.prepare<[number], { collection: number; name: string }>(
    `SELECT i.collection, c.name FROM identity i JOIN collection c ON c.number = i.collection
     WHERE i.expires_at <= ? ORDER BY i.expires_at LIMIT 1`);
  const expired = db.prepare<[number, number, number], number>(
    'SELECT number FROM identity WHERE expires_at <= ? AND collection = ? ORDER BY expires_at LIMIT ?').pluck();

  return ({ now }: Sweep): Change<number> => {
    const due = first.get(now);
    const numbers = due === undefined ? [] : expired.all(now, due.collection, MOST);
    return { value: numbers.length, collection: due?.name ?? '', labels: numbers.flatMap(erase), erased: numbers.length > 0 };
  };
}
