import type { Connection } from '../database.js';
import type { Rejection } from '../rejections.js';
import { fromBlob } from '../vectors.js';
import type { Facts } from './roster.js';

interface FactRow {
  readonly identity: number;
  readonly expiresAt: number | null;
  readonly tag: string | null;
}

interface RejectionRow {
  readonly identity: number;
  readonly vector: Buffer;
  readonly expiresAt: number;
}

/** Reads what the index has to know of people besides their faces. */
export function factReader(db: Connection) {
  const columns = `SELECT i.number AS identity, i.expires_at AS expiresAt, t.tag
    FROM collection c JOIN identity i ON i.collection = c.number LEFT JOIN identity_tag t ON t.identity = i.number`;
  const one = db.prepare<[number], FactRow>(`${columns} WHERE i.number = ?`);
  const all = db.prepare<[string], FactRow>(`${columns} WHERE c.name = ? AND (t.tag IS NOT NULL OR i.expires_at IS NOT NULL) ORDER BY i.number`);
  const rejected = 'SELECT r.identity, r.vector, r.expires_at AS expiresAt FROM rejection r';
  const rejectionsOf = db.prepare<[number], RejectionRow>(`${rejected} WHERE r.identity = ?`);
  const allRejections = db.prepare<[string], RejectionRow>(
    `${rejected} JOIN identity i ON i.number = r.identity JOIN collection c ON c.number = i.collection WHERE c.name = ?`);
  const number = db.prepare<[string, string], number>(
    'SELECT i.number FROM collection c JOIN identity i ON i.collection = c.number WHERE c.name = ? AND i.id = ?').pluck();
  return {
    /** Of an identity that is there. */
    of: (identity: number): Facts => toFacts(one.all(identity), rejectionsOf.all(identity).map(toRejection)),
    /** Of those about whom there is something to say. */
    *ofCollection(collection: string): Generator<readonly [number, Facts], void, undefined> {
      const rejections = byIdentity(allRejections.all(collection));
      const facts = (identity: number, rows: readonly FactRow[]): readonly [number, Facts] => {
        const own = rejections.get(identity) ?? [];
        rejections.delete(identity);
        return [identity, toFacts(rows, own)];
      };
      let rows: FactRow[] = [];
      for (const row of all.iterate(collection)) {
        const identity = rows[0]?.identity;
        if (identity !== undefined && identity !== row.identity) {
          yield facts(identity, rows);
          rows = [];
        }
        rows.push(row);
      }
      if (rows[0] !== undefined) yield facts(rows[0].identity, rows);
      for (const identity of rejections.keys()) yield facts(identity, []);
    },
    /** The row numbers of identities by their ids; unknown ones are left out. */
    numbers: (collection: string, ids: readonly string[]): Set<number> =>
      new Set(ids.map((id) => number.get(collection, id)).filter((found) => found !== undefined)),
  };
}

export type FactReader = ReturnType<typeof factReader>;

function toFacts(rows: readonly FactRow[], rejections: readonly Rejection[]): Facts {
  return { expiresAt: rows[0]?.expiresAt ?? Infinity, tags: rows.map(({ tag }) => tag).filter((tag) => tag !== null), rejections };
}

const toRejection = ({ vector, expiresAt }: RejectionRow): Rejection => ({ vector: fromBlob(vector), expiresAt });

function byIdentity(rows: readonly RejectionRow[]): Map<number, Rejection[]> {
  const found = new Map<number, Rejection[]>();
  for (const row of rows) found.set(row.identity, [...(found.get(row.identity) ?? []), toRejection(row)]);
  return found;
}
