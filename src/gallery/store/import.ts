import type { IdentityRecord, ImportOutcome } from '../port.js';
import { unpack } from '../vectors.js';
import { unchanged, type Change } from './change.js';
import type { Erasure } from './erase.js';
import type { IdentityReader, IdentityRow } from './identities.js';
import type { Inserter } from './insert.js';

/** An imported record as it crosses to the writing thread: all embeddings in one buffer, in the order of the faces. */
export interface PackedRecord {
  readonly collection: string;
  readonly record: Omit<IdentityRecord, 'faces'> & { readonly faces: readonly Omit<IdentityRecord['faces'][number], 'embedding'>[] };
  readonly vectors: Float32Array;
  readonly onConflict: 'SKIP' | 'REPLACE';
}

export interface Imported {
  readonly id: string;
  readonly outcome: ImportOutcome;
}

export function importer(insert: Inserter, identities: IdentityReader, erase: Erasure) {
  /** One identity may hold the id and another the external id. */
  const inTheWay = (collection: string, { id, externalId }: PackedRecord['record']): IdentityRow[] => {
    const byId = identities.find(collection, { id });
    const byExternalId = externalId === '' ? undefined : identities.find(collection, { externalId });
    const found = [byId, byExternalId === undefined || byExternalId.number === byId?.number ? undefined : byExternalId];
    return found.filter((row) => row !== undefined);
  };

  return ({ collection: name, record, vectors, onConflict }: PackedRecord): Change<Imported> => {
    const taken = inTheWay(name, record);
    const first = taken[0];
    if (first !== undefined && onConflict === 'SKIP') {
      return unchanged({ id: first.id, outcome: 'SKIPPED' });
    }
    const collection = insert.collection(name);
    const erased = taken.flatMap(({ number }) => erase(number));
    const number = insert.identity(collection, record, [record.createdAt.getTime(), Date.now()]);
    const added = record.faces.map((face, place) =>
      insert.face(collection, number, { ...face, vector: unpack(vectors, place), createdAt: face.createdAt.getTime() }));
    const outcome = first === undefined ? 'IMPORTED' : 'REPLACED';
    const deed = { call: 'Import', identities: [...new Set([record.id, ...taken.map(({ id }) => id)])] } as const;
    return { value: { id: record.id, outcome }, collection: name, labels: [...erased, ...added], erased: erased.length > 0, deed };
  };
}
