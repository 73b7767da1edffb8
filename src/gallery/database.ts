import { closeSync, existsSync, openSync } from 'node:fs';
import Database from 'better-sqlite3';
import { GlimpseError } from '../errors.js';
import { crc } from './crc.js';
import { databaseFile } from './files.js';

export type Connection = Database.Database;

const BUSY_MILLISECONDS = 5_000;
/** Versions before it may corrupt a database when a WAL reset races with a commit. */
const OLDEST_SQLITE = [3, 51, 3] as const;

/** Throws `precondition` for an SQLite whose WAL cannot be trusted. */
export function requireSoundSqlite(version: string): void {
  const parts = version.split('.').map(Number);
  for (const [place, least] of OLDEST_SQLITE.entries()) {
    const part = parts[place] ?? 0;
    if (part > least) return;
    if (part < least) {
      throw new GlimpseError('precondition', `SQLite ${version} has a bug that can corrupt a WAL database`, {
        reason: 'SQLITE_TOO_OLD',
        cure: `install a better-sqlite3 that bundles SQLite ${OLDEST_SQLITE.join('.')} or later`,
      });
    }
  }
}

/** The connection of the one thread that writes the gallery, or of the token store. The file is made if it is missing. */
export function openForWriting(dir: string): Connection {
  ownerOnly(databaseFile(dir));
  const db = withSeals(new Database(databaseFile(dir), { timeout: BUSY_MILLISECONDS }));
  try {
    requireSoundSqlite(db.prepare<[], string>('SELECT sqlite_version()').pluck().get() ?? '');
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma('secure_delete = ON');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Made here if it is missing, so that SQLite gives it and its write-ahead log no wider permissions. An existing file must not be
 * opened but by SQLite: closing it would drop the POSIX locks that other connections of this process hold on it.
 */
function ownerOnly(file: string): void {
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
}

export function openForReading(dir: string): Connection {
  return withSeals(new Database(databaseFile(dir), { readonly: true, fileMustExist: true, timeout: BUSY_MILLISECONDS }));
}

/** An empty one that is gone when it is closed. */
export const openInMemory = (): Connection => withSeals(new Database(':memory:'));

/** The function that the seals of rows are made with; see migration 5. */
function withSeals(db: Connection): Connection {
  return db.function('crc', { varargs: true, deterministic: true }, crc);
}

/** Failures of the storage itself, as errors a caller may see; anything else comes back as it was. */
export function storageError(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const { code } = error;
  if (code === 'SQLITE_FULL') {
    return new GlimpseError('unavailable', 'the disk of the gallery is full; nothing was written', {
      reason: 'DISK_FULL', cure: 'free space on the disk of the data folder',
    }, error);
  }
  if (code.startsWith('SQLITE_BUSY')) {
    return new GlimpseError('unavailable', 'another process holds the gallery', {
      reason: 'DATABASE_BUSY', cure: 'try again in a few seconds',
    }, error);
  }
  const damaged = code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB' || code === 'SQLITE_CONSTRAINT_TRIGGER';
  return damaged ? corrupt('the database of the gallery is damaged', error) : error;
}

export function corrupt(message: string, cause?: unknown): GlimpseError {
  return new GlimpseError('corrupt', message, {
    reason: 'DATABASE_CORRUPT', cure: 'stop the server, see what is damaged with glimpse gallery verify, and restore a backup',
  }, cause);
}
