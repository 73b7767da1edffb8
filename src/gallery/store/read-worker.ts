import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { contentsOf } from '../contents.js';
import { openForReading, storageError, type Connection } from '../database.js';
import { databaseFile, sizeOf } from '../files.js';
import type { Collection, Enrolled, Identity, IdentityKey, IdentityRecord, StoredFace } from '../port.js';
import { serve } from '../wire.js';
import { collectionReader } from './collections.js';
import { storedFaces } from './faces.js';
import { identityReader } from './identities.js';
import { lister, type Stretch } from './list.js';
import type { Needle } from '../erasure/needle.js';
import { holderFinder } from './needles.js';
import { eventReader } from './read-events.js';
import { answeredRequests, type RequestKey } from './requests.js';

export interface ReadWorkerData {
  readonly dir: string;
  readonly requestMemorySeconds: number;
  readonly eventsKeptSeconds: number;
}

export interface Counts {
  readonly identities: number;
  readonly faces: number;
  readonly databaseBytes: number;
  readonly collections: readonly string[];
  /** sha256 of the network that made the collection. */
  readonly network?: string;
}

/** Reads of the database; each sees one snapshot. */
function readHandlers(db: Connection, { dir, requestMemorySeconds, eventsKeptSeconds }: ReadWorkerData) {
  const identities = identityReader(db);
  const requests = answeredRequests(db, identities, requestMemorySeconds);
  const lists = lister(db, identities);
  const names = db.prepare<[], string>('SELECT name FROM collection ORDER BY name').pluck();
  const count = (table: string) => db.prepare<[string], number>(
    `SELECT count(*) FROM collection c JOIN ${table} t ON t.collection = c.number WHERE c.name = ?`).pluck();
  const countIdentities = count('identity');
  const countFaces = count('face');
  const facesOf = storedFaces(db);
  const collections = collectionReader(db);
  const network = db.prepare<[string], string>('SELECT n.sha256 FROM collection c JOIN network n ON n.number = c.network WHERE c.name = ?').pluck();
  const networkOf = (name: string): { readonly network?: string } => {
    const sha256 = network.get(name);
    return sha256 === undefined ? {} : { network: sha256 };
  };
  const isHeld = holderFinder(db);
  const events = eventReader(db);
  const anyExpired = db.prepare<[{ now: number }], number>(
    'SELECT EXISTS (SELECT 1 FROM identity WHERE expires_at <= @now) OR EXISTS (SELECT 1 FROM rejection WHERE expires_at <= @now)').pluck();
  const snapshot = <A, R>(read: (argument: A) => R) => {
    const run = db.transaction(read);
    return (argument: A): R => {
      try {
        return run(argument);
      } catch (error) {
        throw storageError(error);
      }
    };
  };
  return {
    get: snapshot(({ collection, key }: { collection: string; key: IdentityKey }): Identity =>
      identities.whole(identities.row(collection, key))),
    faces: snapshot(({ collection, ids }: { collection: string; ids: readonly string[] }): (StoredFace | undefined)[] => facesOf(collection, ids)),
    replay: snapshot(({ collection, request }: { collection: string; request: RequestKey }): Enrolled | undefined =>
      requests.find(collection, request)),
    list: snapshot((stretch: Stretch): Identity[] => lists.list(stretch)),
    records: snapshot((stretch: Stretch): IdentityRecord[] => lists.records(stretch)),
    /** Which of these are part of what the gallery holds now. */
    held: snapshot((needles: readonly Needle[]): boolean[] => needles.map(isHeld)),
    /** @param now milliseconds since 1970 */
    anyExpired: snapshot((now: number): boolean => anyExpired.get({ now }) === 1 || events.anyUntil(now - eventsKeptSeconds * 1000)),
    events: snapshot(events.page),
    eventHead: snapshot(events.head),
    hooked: snapshot(events.hooked),
    contents: snapshot(contentsOf(db)),
    counts: snapshot((collection: string): Counts => ({
      identities: countIdentities.get(collection) ?? 0,
      faces: countFaces.get(collection) ?? 0,
      databaseBytes: sizeOf(databaseFile(dir)) + sizeOf(`${databaseFile(dir)}-wal`),
      collections: names.all(),
      ...networkOf(collection),
    })),
    collections: snapshot((): Collection[] => collections.all()),
    close: (): void => void db.close(),
  };
}

export type ReadHandlers = ReturnType<typeof readHandlers>;

const data = workerData as ReadWorkerData;
serve(parentPort as MessagePort, readHandlers(openForReading(data.dir), data));
