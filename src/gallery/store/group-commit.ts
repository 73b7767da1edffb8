import { storageError, type Connection } from '../database.js';
import { appender } from '../audit/append.js';
import type { Caller } from '../audit/row.js';
import { packError, type Answer, type Call } from '../wire.js';
import type { Change } from './change.js';

/** Most writes that share one commit, so that the first of them does not wait long for the last. */
const MOST = 128;

type Write = (argument: never) => Change<unknown>;

/** Every write says on whose behalf it is done. */
export interface Ordered {
  readonly by: Caller;
}

/**
 * Writes that wait while another's commit is being forced to disk share the next one. Each has a savepoint of its own, so one
 * that fails leaves no trace and spoils no other; all are answered only after the commit. What was done is told to the audit
 * in the same savepoint.
 */
export function groupCommit(db: Connection, writes: Record<string, Write>, done: (answers: Answer[], erased: boolean) => void) {
  const waiting: Call[] = [];
  let scheduled = false;
  const audit = appender(db);
  const inSavepoint = db.transaction((call: Call): Change<unknown> => {
    const write = writes[call.method];
    if (write === undefined) throw new Error(`the gallery cannot ${call.method}`);
    const change = write(call.argument as never);
    const { collection, deed } = change;
    if (deed !== undefined) audit((call.argument as Ordered).by, { ...deed, collection });
    return change;
  });
  const revise = db.prepare('UPDATE gallery SET revision = revision + 1');

  const attempt = (call: Call): { answer: Answer; erased: boolean } => {
    try {
      const change = inSavepoint(call);
      return { answer: { id: call.id, value: change }, erased: change.erased };
    } catch (error) {
      if (!db.inTransaction) throw error; // SQLite gave up the whole transaction: disk full, I/O error
      return { answer: { id: call.id, error: packError(storageError(error)) }, erased: false };
    }
  };

  const commit = (batch: readonly Call[]): void => {
    try {
      db.exec('BEGIN IMMEDIATE');
      const results = batch.map(attempt);
      revise.run();
      db.exec('COMMIT');
      done(results.map(({ answer }) => answer), results.some(({ erased }) => erased));
    } catch (error) {
      if (db.inTransaction) db.exec('ROLLBACK');
      const packed = packError(storageError(error));
      done(batch.map(({ id }) => ({ id, error: packed })), false);
    }
  };

  const flush = (): void => {
    while (waiting.length > 0) commit(waiting.splice(0, MOST));
  };
  const turn = (): void => {
    if (waiting.length > 0) commit(waiting.splice(0, MOST));
    scheduled = waiting.length > 0;
    if (scheduled) setImmediate(turn);
  };

  return {
    flush,
    add(call: Call): void {
      waiting.push(call);
      if (!scheduled) setImmediate(turn);
      scheduled = true;
    },
  };
}
