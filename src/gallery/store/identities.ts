import { corrupt, type Connection } from '../database.js';
import type { Identity, IdentityFace, IdentityKey } from '../port.js';
import { CONSENT_COLUMNS, consentOf, type ConsentRow } from './consent.js';
import { noSuchIdentity } from './errors.js';

export interface IdentityRow extends ConsentRow {
  readonly number: number;
  readonly collection: string;
  readonly id: string;
  readonly name: string;
  readonly external_id: string | null;
  readonly metadata: string;
  readonly created_at: number;
  readonly updated_at: number;
  /** 0 when the row is not as it was written. */
  readonly sound: number;
}

export interface FaceRow {
  readonly id: string;
  readonly caption: string;
  readonly score: number;
  readonly sharpness: number;
  readonly visibility: number;
  readonly eye_distance: number;
  readonly created_at: number;
  readonly sound: number;
}

/** The columns of an `IdentityRow`, from `identity_seal i JOIN collection c`. */
export const IDENTITY_COLUMNS = `i.number, c.name AS collection, i.id, i.name, i.external_id, i.metadata, i.created_at, i.updated_at, ${CONSENT_COLUMNS},
  i.seal IS i.due AS sound`;
const SELECT = `SELECT ${IDENTITY_COLUMNS} FROM identity_seal i JOIN collection c ON c.number = i.collection`;

/** The columns of a `FaceRow`, from `face_seal f`. */
export const FACE_COLUMNS = 'f.id, f.caption, f.score, f.sharpness, f.visibility, f.eye_distance, f.created_at, f.seal IS f.due AS sound';

/** Reads identities; on whichever connection it was given, so inside a write it sees what the write has done. */
export function identityReader(db: Connection) {
  const byId = db.prepare<[string, string], IdentityRow>(`${SELECT} WHERE c.name = ? AND i.id = ?`);
  const byExternalId = db.prepare<[string, string], IdentityRow>(`${SELECT} WHERE c.name = ? AND i.external_id = ?`);
  const byNumber = db.prepare<[number], IdentityRow>(`${SELECT} WHERE i.number = ?`);
  const tags = db.prepare<[number], string>('SELECT tag FROM identity_tag WHERE identity = ? ORDER BY position').pluck();
  const faces = db.prepare<[number], FaceRow>(
    `SELECT ${FACE_COLUMNS}
     FROM identity i JOIN face_seal f ON f.collection = i.collection AND f.identity = i.number
     WHERE i.number = ? ORDER BY f.created_at, f.label`);

  const find = (collection: string, key: IdentityKey): IdentityRow | undefined =>
    'id' in key ? byId.get(collection, key.id) : byExternalId.get(collection, key.externalId);
  const whole = (row: IdentityRow): Identity => ({ ...plain(row), tags: tags.all(row.number), faces: faces.all(row.number).map(toFace) });

  /** By the row number of an identity that is known to exist. */
  const rowNumbered = (number: number): IdentityRow => {
    const row = byNumber.get(number);
    if (row === undefined) throw new Error(`identity number ${number} vanished`);
    return row;
  };

  return {
    find,
    whole,
    tags: (number: number): string[] => tags.all(number),
    row(collection: string, key: IdentityKey): IdentityRow {
      const row = find(collection, key);
      if (row === undefined) throw noSuchIdentity(collection, key);
      return row;
    },
    rowNumbered,
    numbered: (number: number): Identity => whole(rowNumbered(number)),
  };
}

export type IdentityReader = ReturnType<typeof identityReader>;

/** Throws `corrupt` when the row is damaged: a wrong name is worse than none. */
function plain(row: IdentityRow): Omit<Identity, 'tags' | 'faces'> {
  if (row.sound !== 1) throw corrupt(`identity ${row.id} is not as it was written`);
  return {
    id: row.id,
    collection: row.collection,
    name: row.name,
    externalId: row.external_id ?? '',
    metadata: JSON.parse(row.metadata) as Record<string, string>,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    ...consentOf(row),
  };
}

export function toFace(row: FaceRow): IdentityFace {
  if (row.sound !== 1) throw corrupt(`face ${row.id} is not as it was written`);
  const { score, sharpness, visibility, eye_distance: eyeDistance } = row;
  return { id: row.id, label: row.caption, quality: { score, sharpness, visibility, eyeDistance }, createdAt: new Date(row.created_at) };
}
