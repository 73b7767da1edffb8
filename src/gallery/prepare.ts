import { randomBytes } from 'node:crypto';
import { GlimpseError } from '../errors.js';
import { openForWriting, type Connection } from './database.js';
import { indexDir, makeFolder, removeTemporaries } from './files.js';
import { migrateConnection } from './migrate.js';

export interface Epochs {
  readonly epoch: string;
  /** The one before this process came. */
  readonly foundEpoch: string;
}

/** Makes the data folder ready for the threads: migrated, of this network, and marked as opened. Under the lock. */
export function prepare(dir: string, network: string): Epochs {
  makeFolder(indexDir(dir));
  removeTemporaries(indexDir(dir));
  const db = openForWriting(dir);
  try {
    migrateConnection(db);
    adoptEmptyCollections(db, network);
    requireNetwork(db, dir, network);
    return beginEpoch(db);
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

function requireNetwork(db: Connection, dir: string, network: string): void {
  const other = db.prepare<[string], { name: string; sha256: string }>(
    `SELECT c.name, n.sha256 FROM collection c JOIN network n ON n.number = c.network WHERE n.sha256 <> ? ORDER BY c.name`).get(network);
  if (other === undefined) return;
  const [theirs, ours] = [other.sha256.slice(0, 12), network.slice(0, 12)];
  throw new GlimpseError('precondition', `collection ${other.name} in ${dir} was made by network ${theirs}…, not by ${ours}…`, {
    field: 'data-dir',
    reason: 'NETWORK_MISMATCH',
    cure: 'keep it apart: start with another --data-dir and enrol anew there from photographs, or start with the --models-dir that made this gallery',
  });
}
