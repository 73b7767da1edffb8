import Database from 'better-sqlite3';
import { GlimpseError } from '../errors.js';
import { lockFile, makeFolder } from './files.js';

export interface Lock {
  release(): void;
}

/**
 * One process at a time. The lock is SQLite's own exclusive lock on an empty database beside the gallery, so the kernel
 * lets go of it however the process ends; a file with a process id would outlive a `kill -9`. Throws `precondition`.
 */
export function takeLock(dir: string): Lock {
  makeFolder(dir);
  const holder = new Database(lockFile(dir), { timeout: 0 });
  try {
    holder.pragma('journal_mode = MEMORY');
    holder.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    holder.close();
    if (!(error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY'))) throw error;
    throw new GlimpseError('precondition', `the gallery in ${dir} is open in another process`, {
      field: 'data-dir', reason: 'GALLERY_IN_USE', cure: 'stop that process first, or give this one a --data-dir of its own',
    }, error);
  }
  return { release: () => void holder.close() };
}
