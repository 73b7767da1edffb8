import { cosine } from '../../cosine.js';
import type { Connection } from '../database.js';
import type { Identity, RejectionKept } from '../port.js';
import { MOST_REJECTIONS, outweighs, REJECTION_DAYS } from '../rejections.js';
import { fromBlob, toBlob } from '../vectors.js';
import { type Change } from './change.js';
import { refuseExpired } from './consent.js';
import { labelFinder } from './faces.js';
import type { IdentityReader } from './identities.js';

/** A match that somebody judged: the probe, of unit length, and whom it was taken for. */
export interface Judged {
  readonly collection: string;
  readonly id: string;
  readonly probe: Float32Array;
  /** Cosine of the probe with the identity. */
  readonly similarity: number;
}

const DAY_MILLISECONDS = 86_400_000;

/** The index has to look at the identity's faces again when its rejections change. */
export function judge(db: Connection, identities: IdentityReader) {
  const labelsOf = labelFinder(db);
  const add = db.prepare<[number, Buffer, number]>('INSERT INTO rejection (identity, vector, expires_at) VALUES (?, ?, ?)');
  const forget = db.prepare<[number, Buffer]>('DELETE FROM rejection WHERE identity = ? AND vector = ?');
  const makeRoom = roomMaker(db);
  const all = db.prepare<[number], { number: number; vector: Buffer }>('SELECT number, vector FROM rejection WHERE identity = ?');
  const drop = db.prepare<[number]>('DELETE FROM rejection WHERE number = ?');

  return {
    reject: ({ collection, id, probe }: Judged): Change<RejectionKept> => {
      const row = identities.row(collection, { id });
      refuseExpired(row, 'match_token');
      const vector = toBlob(probe);
      const expiresAt = Date.now() + REJECTION_DAYS * DAY_MILLISECONDS;
      forget.run(row.number, vector); // said before: it starts anew
      add.run(row.number, vector, expiresAt);
      const dropped = makeRoom(row.number);
      const value = { identity: identities.numbered(row.number), rejections: all.all(row.number).length, expiresAt: new Date(expiresAt) };
      return { value, collection, labels: labelsOf(row.number), erased: dropped > 0, deed: { call: 'Reject', identities: [id] } };
    },
    /** Whatever kept this probe from being named as the identity goes. Returns how many rejections did. */
    confirm: ({ collection, id, probe, similarity }: Judged): Change<{ identity: Identity; dropped: number }> => {
      const { number } = identities.row(collection, { id });
      const wrong = all.all(number).filter(({ vector }) => !outweighs(similarity, cosine(probe, fromBlob(vector))));
      for (const rejection of wrong) drop.run(rejection.number);
      const dropped = wrong.length;
      return {
        value: { identity: identities.numbered(number), dropped },
        collection, labels: dropped > 0 ? labelsOf(number) : [], erased: dropped > 0, deed: { call: 'Confirm', identities: [id] },
      };
    },
  };
}

/** The newest stay. Returns how many went. */
function roomMaker(db: Connection): (identity: number) => number {
  const drop = db.prepare<[number, number]>(
    `DELETE FROM rejection WHERE number IN (SELECT number FROM rejection WHERE identity = ? ORDER BY expires_at DESC, number DESC LIMIT -1 OFFSET ?)`);
  return (identity) => drop.run(identity, MOST_REJECTIONS).changes;
}

/** Whoever was not the one is not the other either, when both are the same person. A damaged rejection is left behind. Returns how many were given. */
export function rejectionGiver(db: Connection): (from: number, to: number) => number {
  const copy = db.prepare<[number, number, number]>(
    `INSERT INTO rejection (identity, vector, expires_at) SELECT ?, r.vector, r.expires_at FROM rejection r JOIN rejection_seal s ON s.number = r.number
     WHERE r.identity = ? AND s.seal IS s.due AND NOT EXISTS (SELECT 1 FROM rejection o WHERE o.identity = ? AND o.vector = r.vector) ORDER BY r.number`);
  const makeRoom = roomMaker(db);
  return (from, to) => {
    const { changes } = copy.run(to, from, to);
    makeRoom(to);
    return changes;
  };
}
