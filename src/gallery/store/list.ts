import type { Connection } from '../database.js';
import type { Identity, IdentityRecord } from '../port.js';
import { fromBlob } from '../vectors.js';
import { IDENTITY_COLUMNS, type IdentityReader, type IdentityRow } from './identities.js';
import { fold } from './insert.js';

export interface Stretch {
  readonly collection: string;
  /** The id after which to go on; empty at the start. */
  readonly after: string;
  readonly limit: number;
  readonly tag: string;
  readonly namePrefix: string;
}

/** Sorts after every text that begins as the prefix does. */
const LAST = '\u{10FFFF}';

/** Stretches of a collection in order of id, so that what is added or deleted meanwhile shifts nothing. */
export function lister(db: Connection, identities: IdentityReader) {
  const statement = (where: string) => db.prepare<[Record<string, string | number>], IdentityRow>(
    `SELECT ${IDENTITY_COLUMNS} FROM collection c JOIN identity_seal i ON i.collection = c.number
     WHERE c.name = @collection AND i.id > @after ${where} ORDER BY i.id LIMIT @limit`);
  const tagged = 'AND EXISTS (SELECT 1 FROM identity_tag t WHERE t.tag = @tag AND t.identity = i.number)';
  const named = 'AND i.folded_name >= @from AND i.folded_name < @to';
  const statements = [statement(''), statement(tagged), statement(named), statement(`${tagged} ${named}`)] as const;

  const rows = ({ collection, after, limit, tag, namePrefix }: Stretch): IdentityRow[] => {
    const which = (tag === '' ? 0 : 1) + (namePrefix === '' ? 0 : 2);
    const from = fold(namePrefix);
    return (statements[which as 0 | 1 | 2 | 3]).all({
      collection, after, limit, ...(tag !== '' && { tag }), ...(namePrefix !== '' && { from, to: from + LAST }),
    });
  };
  const vectorsOf = db.prepare<[number], { id: string; vector: Buffer }>(
    `SELECT f.id, f.vector FROM identity i JOIN face f ON f.collection = i.collection AND f.identity = i.number
     WHERE i.number = ?`);
  const vectors = (identity: number): Map<string, Float32Array> =>
    new Map(vectorsOf.all(identity).map(({ id, vector }) => [id, fromBlob(vector)]));
  return {
    list: (stretch: Stretch): Identity[] => rows(stretch).map((row) => identities.whole(row)),
    records: (stretch: Stretch): IdentityRecord[] => rows(stretch).map((row) => record(identities.whole(row), vectors(row.number))),
  };
}

function record(identity: Identity, vectors: Map<string, Float32Array>): IdentityRecord {
  const { id, name, externalId, metadata, tags, createdAt, consent } = identity;
  return {
    id, name, externalId, metadata, tags, createdAt, ...(consent && { consent }),
    faces: identity.faces.map((face) => ({ ...face, embedding: vectors.get(face.id) as Float32Array })),
  };
}
