import type { Connection } from '../database.js';
import type { Change } from './change.js';
import type { Erasure } from './erase.js';
import { labelFinder } from './faces.js';

/** Most identities that one write erases, so that other writes have their turn. */
const MOST = 64;

export interface Sweep {
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Erases identities whose time has passed, the longest expired first, of one collection at a time, then rejections likewise, then events. Returns how many. */
export function sweeper(db: Connection, { erase, sweepEvents }: { readonly erase: Erasure; readonly sweepEvents: (now: number) => Change<number> }) {
  const first = db.prepare<[number], { collection: number; name: string }>(
    `SELECT i.collection, c.name FROM identity i JOIN collection c ON c.number = i.collection
     WHERE i.expires_at <= ? ORDER BY i.expires_at LIMIT 1`);
  const expired = db.prepare<[number, number, number], { number: number; id: string }>(
    'SELECT number, id FROM identity WHERE expires_at <= ? AND collection = ? ORDER BY expires_at LIMIT ?');

  const labelsOf = labelFinder(db);
  const overdue = db.prepare<[number, number], { number: number; identity: number; collection: string }>(
    `SELECT r.number, r.identity, c.name AS collection FROM rejection r JOIN identity i ON i.number = r.identity JOIN collection c ON c.number = i.collection
     WHERE r.expires_at <= ? ORDER BY r.expires_at LIMIT ?`);
  const drop = db.prepare<[number]>('DELETE FROM rejection WHERE number = ?');
  const sweepRejections = (now: number): Change<number> => {
    const [first, ...others] = overdue.all(now, MOST);
    if (first === undefined) return sweepEvents(now);
    const over = [first, ...others.filter(({ collection }) => collection === first.collection)];
    for (const { number } of over) drop.run(number);
    const labels = [...new Set(over.map(({ identity }) => identity))].flatMap(labelsOf);
    return { value: over.length, collection: first.collection, labels, erased: true };
  };

  return ({ now }: Sweep): Change<number> => {
    const due = first.get(now);
    if (due === undefined) return sweepRejections(now);
    const over = expired.all(now, due.collection, MOST);
    const labels = over.flatMap(({ number }) => erase(number));
    return { value: over.length, collection: due.name, labels, erased: true, deed: { call: 'Expire', identities: over.map(({ id }) => id) } };
  };
}
