import type { Connection } from '../database.js';
import type { Match } from '../port.js';
import type { Candidate } from './best.js';

interface FaceRow {
  readonly faceId: string;
  readonly identityId: string;
  readonly name: string;
  readonly externalId: string | null;
  readonly collection: string;
  readonly expiresAt: number | null;
  /** 0 when the face's or the identity's row is damaged. */
  readonly sound: number;
}

/**
 * Puts names to candidates, as the database has them now: a face that was deleted a moment ago is left out, and
 * so is whoever expired, whatever the index still thinks. A damaged row names nobody; it is told of once.
 */
export function answers(db: Connection, onDamage: (label: number) => void): (candidates: readonly Candidate[]) => Match[] {
  const face = db.prepare<[number, number], FaceRow>(
    `SELECT f.id AS faceId, i.id AS identityId, i.name, i.external_id AS externalId, c.name AS collection, i.expires_at AS expiresAt,
       f.seal IS f.due AND i.seal IS i.due AS sound
     FROM face_seal f JOIN identity_seal i ON i.number = f.identity JOIN collection c ON c.number = f.collection
     WHERE f.label = ? AND (i.expires_at IS NULL OR i.expires_at > ?)`);
  const damaged = new Set<number>();
  const tell = (label: number): void => {
    if (!damaged.has(label)) onDamage(label);
    damaged.add(label);
  };
  return db.transaction((candidates: readonly Candidate[]) => {
    const now = Date.now();
    const matches = new Map<number, Match>();
    for (const { label, identity, similarity } of candidates) {
      const row = face.get(label, now);
      if (row === undefined || matches.has(identity)) continue;
      if (row.sound !== 1) {
        tell(label);
        continue;
      }
      const { identityId, faceId, name, externalId, collection, expiresAt } = row;
      matches.set(identity, { identityId, externalId: externalId ?? '', name, similarity, faceId, collection, ...(expiresAt !== null && { expiresAt }) });
    }
    return [...matches.values()];
  });
}
