import type { Connection } from '../database.js';
import type { Identity } from '../port.js';
import type { Change } from './change.js';
import { faceFinder, labelFinder, toucher } from './faces.js';
import type { Needle } from '../erasure/needle.js';
import type { IdentityReader, IdentityRow } from './identities.js';

export interface Target {
  readonly collection: string;
  readonly id: string;
}

export type Erasure = (identity: number) => number[];

/** Deletes an identity by its row number, with all that hangs on it; returns the labels that went. */
export function erasure(db: Connection): Erasure {
  const labelsOf = labelFinder(db);
  const drop = db.prepare<[number]>('DELETE FROM identity WHERE number = ?');
  return (identity) => {
    const labels = labelsOf(identity);
    drop.run(identity);
    return labels;
  };
}

/** What an erasure has to prove the absence of goes with its answer, as it was when it was deleted. */
export interface Erased {
  readonly faces: number;
  readonly needles: readonly Needle[];
}

export function eraser(db: Connection, identities: IdentityReader, needlesOf: (row: IdentityRow) => Needle[]) {
  const erase = erasure(db);
  const face = faceFinder(db);
  const touch = toucher(db);
  const dropFace = db.prepare<[number]>('DELETE FROM face WHERE label = ?');
  return {
    deleteIdentity: ({ collection, id }: Target): Change<number> => {
      const labels = erase(identities.row(collection, { id }).number);
      return { value: labels.length, collection, labels, erased: true, deed: { call: 'DeleteIdentity', identities: [id] } };
    },
    eraseIdentity: ({ collection, id }: Target): Change<Erased> => {
      const row = identities.row(collection, { id });
      const needles = needlesOf(row);
      const labels = erase(row.number);
      return { value: { faces: labels.length, needles }, collection, labels, erased: true, deed: { call: 'EraseIdentity', identities: [id] } };
    },
    /** The identity stays, without faces if need be. */
    deleteFace: ({ collection, id }: Target): Change<Identity> => {
      const { label, identity } = face(collection, id);
      dropFace.run(label);
      touch(identity);
      const owner = identities.numbered(identity);
      return { value: owner, collection, labels: [label], erased: true, deed: { call: 'DeleteFace', identities: [owner.id] } };
    },
  };
}
