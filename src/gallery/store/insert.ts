import type { Connection } from '../database.js';
import type { Quality } from '../../types.js';
import type { Consent } from '../port.js';
import { toBlob } from '../vectors.js';
import { CONSENT_COLUMNS, consentValues, type ConsentValues } from './consent.js';
import { externalIdTaken, faceIdTaken, identityIdTaken, otherNetwork } from './errors.js';
import { limiter, type CollectionRow } from './limits.js';

export interface IdentityFields {
  readonly id: string;
  readonly name: string;
  readonly externalId: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly consent?: Consent;
}

export interface FaceFields {
  readonly id: string;
  readonly label: string;
  readonly quality: Quality;
  readonly vector: Float32Array;
  readonly createdAt: number;
}

/** For prefixes that ignore case, in any script. */
export const fold = (name: string): string => name.normalize('NFKC').toLowerCase();

function collectionMaker(db: Connection, network: string) {
  const findCollection = db.prepare<[string], CollectionRow>(
    `SELECT c.number, c.name, c.network, n.sha256, c.most_identities, c.most_faces FROM collection c JOIN network n ON n.number = c.network
     WHERE c.name = ?`);
  const addNetwork = db.prepare<[string]>('INSERT INTO network (sha256) VALUES (?) ON CONFLICT DO NOTHING');
  const addCollection = db.prepare<[string, number, string]>(
    'INSERT INTO collection (name, network, created_at) SELECT ?, number, ? FROM network WHERE sha256 = ?');
  return {
    find: (name: string): CollectionRow | undefined => findCollection.get(name),
    /** Made if it is missing. */
    anyCollection: (name: string): CollectionRow => {
      const known = findCollection.get(name);
      if (known !== undefined) return known;
      addNetwork.run(network);
      addCollection.run(name, Date.now(), network);
      return findCollection.get(name) as CollectionRow;
    },
  };
}

/** The statements that add rows; each checks what must be unique, so that a clash has a name. */
export function inserter(db: Connection, network: string) {
  const { find, anyCollection } = collectionMaker(db, network);
  const refuseTooMany = limiter(db);
  const addIdentity = db.prepare<[number, string, string, string, string | null, string, number, number, ...ConsentValues]>(
    `INSERT INTO identity (collection, id, name, folded_name, external_id, metadata, created_at, updated_at, ${CONSENT_COLUMNS})
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const addTag = db.prepare<[number, string, number]>('INSERT OR IGNORE INTO identity_tag (identity, tag, position) VALUES (?, ?, ?)');
  const addFace = db.prepare<[number, number, number, string, string, number, number, number, number, number, Buffer]>(
    `INSERT INTO face (collection, network, identity, id, caption, score, sharpness, visibility, eye_distance, created_at, vector)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const idTaken = db.prepare<[number, string]>('SELECT 1 FROM identity WHERE collection = ? AND id = ?');
  const externalHolder = db.prepare<[number, string], string>('SELECT id FROM identity WHERE collection = ? AND external_id = ?').pluck();
  const faceTaken = db.prepare<[number, string]>('SELECT 1 FROM face WHERE collection = ? AND id = ?');

  const tags = (identity: number, given: readonly string[]): void => {
    for (const [position, tag] of given.entries()) addTag.run(identity, tag, position);
  };
  const refuseTaken = (collection: number, externalId: string): void => {
    const holder = externalId === '' ? undefined : externalHolder.get(collection, externalId);
    if (holder !== undefined) throw externalIdTaken(externalId, holder);
  };

  return {
    tags,
    refuseTaken,
    findCollection: find,
    anyCollection,
    /** The same for new faces; throws `precondition` when another network made the collection. */
    collection(name: string): CollectionRow {
      const row = anyCollection(name);
      if (row.sha256 !== network) throw otherNetwork(name, row.sha256, network);
      return row;
    },
    /** Returns the row number. */
    identity(collection: CollectionRow, fields: IdentityFields, [createdAt, updatedAt]: readonly [number, number]): number {
      const { id, name, externalId, metadata, consent } = fields;
      if (idTaken.get(collection.number, id) !== undefined) throw identityIdTaken(id);
      refuseTaken(collection.number, externalId);
      const row = addIdentity.run(
        collection.number, id, name, fold(name), externalId === '' ? null : externalId, JSON.stringify(metadata), createdAt, updatedAt, ...consentValues(consent));
      const number = Number(row.lastInsertRowid);
      tags(number, fields.tags);
      refuseTooMany(collection, 'identities');
      return number;
    },
    /** Returns the vector's label. */
    face(collection: CollectionRow, identity: number, face: FaceFields): number {
      if (faceTaken.get(collection.number, face.id) !== undefined) throw faceIdTaken(face.id);
      const { score, sharpness, visibility, eyeDistance } = face.quality;
      const row = addFace.run(
        collection.number, collection.network, identity, face.id, face.label,
        score, sharpness, visibility, eyeDistance, face.createdAt, toBlob(face.vector));
      refuseTooMany(collection, 'faces');
      return Number(row.lastInsertRowid);
    },
  };
}

export type Inserter = ReturnType<typeof inserter>;
