import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { openForWriting } from '../database.js';
import type { Call, Reply } from '../wire.js';
import { checkpointer } from './checkpoint.js';
import { eraser, erasure } from './erase.js';
import { faceMover, updater } from './edit.js';
import { enroller } from './enrol.js';
import type { Deed } from '../audit/row.js';
import type { Change } from './change.js';
import { groupCommit, type Ordered } from './group-commit.js';
import { identityReader } from './identities.js';
import { importer } from './import.js';
import { inserter } from './insert.js';
import { answeredRequests } from './requests.js';
import { sweeper } from './sweep.js';

/** The only thread that writes the gallery. Started after the migrations, under the lock. */
export interface WriteWorkerData {
  readonly dir: string;
  readonly network: string;
  readonly requestMemorySeconds: number;
}

function writeHandlers(db: ReturnType<typeof openForWriting>, { network, requestMemorySeconds }: WriteWorkerData) {
  const identities = identityReader(db);
  const insert = inserter(db, network);
  const erase = erasure(db);
  return {
    enroll: enroller(db, insert, identities, answeredRequests(db, identities, requestMemorySeconds)),
    update: updater(db, insert, identities),
    ...eraser(db, identities),
    moveFace: faceMover(db, identities),
    import: importer(insert, identities, erase),
    sweep: sweeper(db, erase),
    /** What was answered, for the audit alone. */
    note: ({ collection, ...deed }: Deed): Change<undefined> => ({ value: undefined, collection, labels: [], erased: false, deed }),
  };
}

type Writes = ReturnType<typeof writeHandlers>;
export type WriteHandlers = { [Name in keyof Writes]: (argument: Parameters<Writes[Name]>[0] & Ordered) => ReturnType<Writes[Name]> } & {
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

port.on('message', (call: Call) => {
  if (call.method === 'close') close(call.id);
  else commit.add(call);
});

function close(id: number): void {
  commit.flush();
  checkpoint.stop();
  db.close();
  port.postMessage([{ id, value: undefined }] satisfies Reply[]);
  port.close();
}
