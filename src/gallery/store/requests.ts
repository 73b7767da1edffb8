import type { Connection } from '../database.js';
import type { Enrolled } from '../port.js';
import { requestIdReused } from './errors.js';
import type { IdentityReader } from './identities.js';

interface RequestRow {
  readonly digest: string;
  readonly outcome: string;
  readonly created: number;
  readonly identity: number;
}

export interface RequestKey {
  readonly id: string;
  readonly digest: string;
}

/** The answers that were given to request ids, for as long as they are remembered. */
export function answeredRequests(db: Connection, identities: IdentityReader, memorySeconds: number) {
  const select = db.prepare<[string, string, number], RequestRow>(
    `SELECT r.digest, r.outcome, r.created, r.identity FROM enroll_request r JOIN collection c ON c.number = r.collection
     WHERE c.name = ? AND r.id = ? AND r.created_at > ?`);
  const oldest = (): number => Date.now() - memorySeconds * 1000;
  return {
    oldest,
    find(collection: string, request: RequestKey): Enrolled | undefined {
      const row = select.get(collection, request.id, oldest());
      if (row === undefined) return undefined;
      if (row.digest !== request.digest) throw requestIdReused(request.id);
      return { identity: identities.numbered(row.identity), created: row.created === 1, replayed: row.outcome };
    },
  };
}

export type AnsweredRequests = ReturnType<typeof answeredRequests>;
