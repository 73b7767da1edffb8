import type { Connection } from '../database.js';
import { collectionFull } from './errors.js';

export interface CollectionRow {
  readonly number: number;
  readonly name: string;
  readonly network: number;
  /** sha256 of that network. */
  readonly sha256: string;
  /** NULL: no limit. */
  readonly most_identities: number | null;
  readonly most_faces: number | null;
}

/** Refuses what would be one too many; to be called after a row was added. Counting costs only where there is a limit. */
export function limiter(db: Connection) {
  const count = (table: 'identity' | 'face') => db.prepare<[number], number>(`SELECT count(*) FROM ${table} WHERE collection = ?`).pluck();
  const counts = { identities: count('identity'), faces: count('face') } as const;
  return ({ number, name, most_identities, most_faces }: CollectionRow, what: 'identities' | 'faces'): void => {
    const most = what === 'identities' ? most_identities : most_faces;
    if (most !== null && (counts[what].get(number) ?? 0) > most) throw collectionFull(name, what, most);
  };
}
