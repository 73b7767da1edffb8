import type { Connection } from '../database.js';

const DELAY_MILLISECONDS = 1_000;

/**
 * Deleted vectors are overwritten in the database (`secure_delete`), but older pages live on in the write-ahead log until it
 * is started afresh. So it is, soon after a deletion and at the end; a reader in the way only puts it off.
 */
export function checkpointer(db: Connection) {
  let timer: NodeJS.Timeout | undefined;
  const truncate = (): void => {
    timer = undefined;
    const [{ busy } = { busy: 1 }] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
    if (busy !== 0) soon();
  };
  const soon = (): void => { timer ??= setTimeout(truncate, DELAY_MILLISECONDS); };
  const stop = (): void => {
    clearTimeout(timer);
    db.pragma('wal_checkpoint(TRUNCATE)');
  };
  return { soon, stop };
}
