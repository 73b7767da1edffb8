import type { Connection } from '../database.js';
import { unchanged, type Change } from './change.js';
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
  const expired = db.prepare<[number, number, number], { number: number; id: string }>(
    'SELECT number, id FROM identity WHERE expires_at <= ? AND collection = ? ORDER BY expires_at LIMIT ?');

  return ({ now }: Sweep): Change<number> => {
    const due = first.get(now);
    if (due === undefined) return unchanged(0);
    const over = expired.all(now, due.collection, MOST);
    const labels = over.flatMap(({ number }) => erase(number));
    return { value: over.length, collection: due.name, labels, erased: true, deed: { call: 'Expire', identities: over.map(({ id }) => id) } };
  };
}
