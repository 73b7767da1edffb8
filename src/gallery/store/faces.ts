import type { Connection } from '../database.js';
import type { StoredFace } from '../port.js';
import { fromBlob } from '../vectors.js';
import { noSuchFace } from './errors.js';
import { FACE_COLUMNS, type FaceRow, toFace } from './identities.js';

interface FaceOwner {
  readonly label: number;
  /** Row number. */
  readonly identity: number;
}

/** Finds a face's label and owner by its id. Throws `notFound`. */
export function faceFinder(db: Connection): (collection: string, id: string) => FaceOwner {
  const select = db.prepare<[string, string], FaceOwner>(
    'SELECT f.label, f.identity FROM face f JOIN collection c ON c.number = f.collection WHERE c.name = ? AND f.id = ?');
  return (collection, id) => {
    const owner = select.get(collection, id);
    if (owner === undefined) throw noSuchFace(collection, id);
    return owner;
  };
}

/** Finds faces with their embeddings, by their ids. */
export function storedFaces(db: Connection): (collection: string, ids: readonly string[]) => (StoredFace | undefined)[] {
  const select = db.prepare<[string, string], FaceRow & { identity: string; vector: Buffer }>(
    `SELECT ${FACE_COLUMNS}, f.vector, i.id AS identity FROM collection c
     JOIN face_seal f ON f.collection = c.number JOIN identity i ON i.number = f.identity WHERE c.name = ? AND f.id = ?`);
  return (collection, ids) => ids.map((id) => {
    const row = select.get(collection, id);
    return row && { ...toFace(row), identityId: row.identity, embedding: fromBlob(row.vector) };
  });
}

/** The labels of an identity's vectors, by its row number. */
export function labelFinder(db: Connection): (identity: number) => number[] {
  const select = db.prepare<[number], number>(
    `SELECT f.label FROM identity i JOIN face f ON f.collection = i.collection AND f.identity = i.number
     WHERE i.number = ?`).pluck();
  return (identity) => select.all(identity);
}

export function toucher(db: Connection): (identity: number) => void {
  const touch = db.prepare<[number, number]>('UPDATE identity SET updated_at = ? WHERE number = ?');
  return (identity) => void touch.run(Date.now(), identity);
}
