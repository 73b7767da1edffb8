import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { GlimpseError } from '../errors.js';
import { openForReading } from './database.js';
import { databaseFile, putInPlace, sizeOf } from './files.js';

/** More pages than any database has. */
const ALL_PAGES = 2 ** 31 - 1;

/**
 * Copies the database of a data folder, which may be in use, as it is at one moment; returns the bytes. A reader holds up no writer (WAL), so
 * nothing is asked of the server. The copy has its name only when it is whole and on disk. Throws `precondition` (NO_GALLERY), `exists`.
 */
export async function backupGallery(dir: string, file: string): Promise<number> {
  if (!existsSync(databaseFile(dir))) {
    throw new GlimpseError('precondition', `there is no gallery in ${dir}`, {
      field: 'data-dir', reason: 'NO_GALLERY', cure: 'name the folder that the server was started with',
    });
  }
  if (existsSync(file)) {
    throw new GlimpseError('exists', `${file} exists`, { reason: 'BACKUP_EXISTS', cure: 'give another name; a backup never takes the place of another' });
  }
  const unfinished = `${file}.part`;
  rmSync(unfinished, { force: true });
  closeSync(openSync(unfinished, 'wx', 0o600)); // before SQLite makes it for everybody to read
  const db = openForReading(dir);
  try {
    // In one step, because a write between two steps would start it all over.
    await db.backup(unfinished, { progress: () => ALL_PAGES });
    putInPlace(unfinished, file);
    return sizeOf(file);
  } finally {
    db.close();
    rmSync(unfinished, { force: true });
  }
}
