import { randomBytes } from 'node:crypto';
import { openForWriting, type Connection } from './database.js';
import { indexDir, makeFolder, removeTemporaries } from './files.js';
import { migrateConnection } from './migrate.js';

export interface Epochs {
  readonly epoch: string;
  /** The one before this process came. */
  readonly foundEpoch: string;
}

export interface Prepared extends Epochs {
  /** Collections of other networks. */
  readonly kept: readonly string[];
}

/** Makes the data folder ready for the threads: migrated and marked as opened. Under the lock. */
export function prepare(dir: string, network: string): Prepared {
  makeFolder(indexDir(dir));
  removeTemporaries(indexDir(dir));
  const db = openForWriting(dir);
  try {
    migrateConnection(db);
    adoptEmptyCollections(db, network);
    return { ...beginEpoch(db), kept: collectionsOfOthers(db, network) };
  } finally {
    db.close();
  }
}

function beginEpoch(db: Connection): Epochs {
  const foundEpoch = db.prepare<[], string>('SELECT epoch FROM gallery').pluck().get() ?? '';
  const epoch = randomBytes(12).toString('hex');
  db.prepare('UPDATE gallery SET epoch = ?').run(epoch);
  return { epoch, foundEpoch };
}

/** A collection without faces holds nothing that another network could not read. */
function adoptEmptyCollections(db: Connection, network: string): void {
  db.transaction(() => {
    db.prepare('INSERT INTO network (sha256) VALUES (?) ON CONFLICT DO NOTHING').run(network);
    db.prepare(`DELETE FROM rejection WHERE identity IN (SELECT i.number FROM identity i JOIN collection c ON c.number = i.collection
      JOIN network n ON n.number = c.network WHERE n.sha256 <> ? AND NOT EXISTS (SELECT 1 FROM face WHERE face.collection = c.number))`).run(network);
    db.prepare(`UPDATE collection SET network = (SELECT number FROM network WHERE sha256 = ?)
      WHERE NOT EXISTS (SELECT 1 FROM face WHERE face.collection = collection.number)`).run(network);
  }).immediate();
}

/** A collection of another network is kept, but cannot be searched: whoever tries is told. Their names. */
function collectionsOfOthers(db: Connection, network: string): string[] {
  return db.prepare<[string], string>('SELECT c.name FROM collection c JOIN network n ON n.number = c.network WHERE n.sha256 <> ? ORDER BY c.name').pluck().all(network);
}
