import type { Connection } from '../database.js';
import type { Collection, CollectionLimits } from '../port.js';
import type { Change } from './change.js';
import { collectionNotEmpty, noSuchCollection } from './errors.js';
import type { Inserter } from './insert.js';

interface Row {
  readonly name: string;
  readonly network: string;
  readonly identities: number;
  readonly faces: number;
  readonly mostIdentities: number | null;
  readonly mostFaces: number | null;
}

const SELECT = `SELECT c.name, n.sha256 AS network, c.most_identities AS mostIdentities, c.most_faces AS mostFaces,
    (SELECT count(*) FROM identity i WHERE i.collection = c.number) AS identities, (SELECT count(*) FROM face f WHERE f.collection = c.number) AS faces
  FROM collection c JOIN network n ON n.number = c.network`;

export function collectionReader(db: Connection) {
  const all = db.prepare<[], Row>(`${SELECT} ORDER BY c.name`);
  const one = db.prepare<[string], Row>(`${SELECT} WHERE c.name = ?`);
  return {
    all: (): Collection[] => all.all().map(toCollection),
    one(name: string): Collection {
      const row = one.get(name);
      if (row === undefined) throw noSuchCollection(name);
      return toCollection(row);
    },
  };
}

function toCollection({ mostIdentities, mostFaces, ...row }: Row): Collection {
  return { ...row, ...(mostIdentities !== null && { mostIdentities }), ...(mostFaces !== null && { mostFaces }) };
}

export function collectionKeeper(db: Connection, insert: Inserter) {
  const read = collectionReader(db);
  const limit = db.prepare<[number | null, number | null, string]>('UPDATE collection SET most_identities = ?, most_faces = ? WHERE name = ?');
  const forget = db.prepare<[string]>('DELETE FROM enroll_request WHERE collection = (SELECT number FROM collection WHERE name = ?)');
  const forgetEvents = db.prepare<[string]>('DELETE FROM event WHERE collection = ?');
  const drop = db.prepare<[string]>('DELETE FROM collection WHERE name = ?');
  const done = <T>(value: T, name: string, call: 'SetCollection' | 'DeleteCollection'): Change<T> =>
    ({ value, collection: name, labels: [], erased: false, deed: { call, identities: [] } });
  return {
    setCollection: ({ name, limits }: { readonly name: string; readonly limits: CollectionLimits }): Change<Collection> => {
      insert.anyCollection(name);
      limit.run(limits.mostIdentities ?? null, limits.mostFaces ?? null, name);
      return done(read.one(name), name, 'SetCollection');
    },
    deleteCollection: ({ name }: { readonly name: string }): Change<undefined> => {
      const { identities } = read.one(name);
      if (identities > 0) throw collectionNotEmpty(name, identities);
      forget.run(name);
      forgetEvents.run(name);
      drop.run(name);
      return done(undefined, name, 'DeleteCollection');
    },
  };
}
