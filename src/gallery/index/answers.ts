import type { Connection } from '../database.js';
import type { Match } from '../port.js';
import type { Candidate } from './best.js';

interface FaceRow {
  readonly faceId: string;
  readonly identityId: string;
  readonly name: string;
  readonly externalId: string | null;
}

/**
 * Puts names to candidates, as the database has them now: a face that was deleted a moment ago is left out, and
 * so is whoever expired, whatever the index still thinks.
 */
export function answers(db: Connection): (candidates: readonly Candidate[]) => Match[] {
  const face = db.prepare<[number, number], FaceRow>(
    `SELECT f.id AS faceId, i.id AS identityId, i.name, i.external_id AS externalId
     FROM face f JOIN identity i ON i.number = f.identity
     WHERE f.label = ? AND (i.expires_at IS NULL OR i.expires_at > ?)`);
  return db.transaction((candidates: readonly Candidate[]) => {
    const now = Date.now();
    const matches = new Map<string, Match>();
    for (const { label, similarity } of candidates) {
      const row = face.get(label, now);
      if (row === undefined || matches.has(row.identityId)) continue;
      const { identityId, faceId, name, externalId } = row;
      matches.set(identityId, { identityId, externalId: externalId ?? '', name, similarity, faceId });
    }
    return [...matches.values()];
  });
}
