import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import type { Deed } from '../audit/row.js';
import { openForWriting, storageError } from '../database.js';
import { packError, type Call, type Reply } from '../wire.js';
import type { Change } from './change.js';
import { checkpointer } from './checkpoint.js';
import { collectionKeeper } from './collections.js';
import { eraser, erasure } from './erase.js';
import { eventKeeper } from './events.js';
import { faceMover, merger, updater } from './edit.js';
import { enroller } from './enrol.js';
import { judge } from './feedback.js';
import { groupCommit, type Ordered } from './group-commit.js';
import { identityReader } from './identities.js';
import { importer } from './import.js';
import { inserter } from './insert.js';
import { needleCollector } from './needles.js';
import { answeredRequests } from './requests.js';
import { sweeper } from './sweep.js';

/** The only thread that writes the gallery. Started after the migrations, under the lock. */
export interface WriteWorkerData {
  readonly dir: string;
  readonly network: string;
  readonly requestMemorySeconds: number;
  readonly eventsKeptSeconds: number;
}

function writeHandlers(db: ReturnType<typeof openForWriting>, { network, requestMemorySeconds, eventsKeptSeconds }: WriteWorkerData) {
  const identities = identityReader(db);
  const insert = inserter(db, network);
  const erase = erasure(db);
  const { sweepEvents, ...events } = eventKeeper(db, eventsKeptSeconds);
  return {
    enroll: enroller(db, insert, identities, answeredRequests(db, identities, requestMemorySeconds)),
    update: updater(db, insert, identities),
    ...eraser(db, identities, needleCollector(db)),
    moveFace: faceMover(db, identities),
    merge: merger(db, identities, erase),
    ...collectionKeeper(db, insert),
    import: importer(insert, identities, erase),
    ...judge(db, identities),
    sweep: sweeper(db, { erase, sweepEvents }),
    ...events,
    /** What was answered, for the audit alone. */
    note: ({ collection, ...deed }: Deed): Change<undefined> => ({ value: undefined, collection, labels: [], erased: false, deed }),
  };
}

type Writes = ReturnType<typeof writeHandlers>;
export type WriteHandlers = { [Name in keyof Writes]: (argument: Parameters<Writes[Name]>[0] & Ordered) => ReturnType<Writes[Name]> } & {
  emptyLog(argument: undefined): boolean;
  rewrite(argument: undefined): undefined;
  close(argument: undefined): unknown;
};

const port = parentPort as MessagePort;
const data = workerData as WriteWorkerData;
const db = openForWriting(data.dir);
const checkpoint = checkpointer(db);
const commit = groupCommit(db, writeHandlers(db, data), (answers, erased) => {
  port.postMessage(answers);
  if (erased) checkpoint.soon();
});

/** What is done to the files as a whole, between transactions. */
const upkeep: Readonly<Record<string, () => unknown>> = {
  /** Starts the write-ahead log afresh; returns whether nobody was in the way. */
  emptyLog: () => checkpoint.now(),
  /** Writes the whole database anew, so that no page holds anything but what is there. Takes as much disk again meanwhile. */
  rewrite: () => void db.exec('VACUUM'),
};

port.on('message', (call: Call) => {
  const work = upkeep[call.method];
  if (call.method === 'close') close(call.id);
  else if (work !== undefined) port.postMessage([reply(call.id, work)]);
  else commit.add(call);
});

function reply(id: number, work: () => unknown): Reply {
  try {
    commit.flush();
    return { id, value: work() };
  } catch (error) {
    return { id, error: packError(storageError(error)) };
  }
}

function close(id: number): void {
  commit.flush();
  checkpoint.stop();
  db.close();
  port.postMessage([{ id, value: undefined }] satisfies Reply[]);
  port.close();
}
