import type { Connection } from '../database.js';

const DELAY_MILLISECONDS = 1_000;
const PATIENCE_MILLISECONDS = 100;

/**
 * Deleted vectors are overwritten in the database (`secure_delete`), but older pages live on in the write-ahead log until it
 * is started afresh. So it is, soon after a deletion and at the end; a reader in the way only puts it off.
 */
export function checkpointer(db: Connection) {
  let timer: NodeJS.Timeout | undefined;
  /** Returns whether nobody was in the way. Does not wait for a long reader, a backup say, and so does not make writes wait. */
  const now = (): boolean => {
    const usual = db.pragma('busy_timeout', { simple: true }) as number;
    db.pragma(`busy_timeout = ${PATIENCE_MILLISECONDS}`);
    try {
      const [{ busy } = { busy: 1 }] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
      return busy === 0;
    } finally {
      db.pragma(`busy_timeout = ${usual}`);
    }
  };
  const truncate = (): void => {
    timer = undefined;
    if (!now()) soon();
  };
  const soon = (): void => { timer ??= setTimeout(truncate, DELAY_MILLISECONDS); };
  const stop = (): void => {
    clearTimeout(timer);
    now();
  };
  return { now, soon, stop };
}
