import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { GlimpseError } from '../errors.js';
import { openForWriting } from './database.js';
import { databaseFile, indexDir, makeFolder, putInPlace } from './files.js';
import { takeLock } from './lock.js';
import { migrateConnection } from './migrate.js';
import { verifyFolder, type Finding } from './verify/verify.js';

export interface Restored {
  readonly findings: readonly Finding[];
  /** Only when nothing was found wrong. */
  readonly replaced: boolean;
}

/**
 * Puts a backup in the place of the gallery of a data folder that no server has open, if `verify` finds nothing wrong with a copy of it that is
 * brought up to date; otherwise nothing is changed. What was there before is gone then: take a backup of it first.
 * Throws `precondition` (GALLERY_IN_USE, GALLERY_TOO_NEW), `notFound`.
 */
export async function restoreGallery(dir: string, file: string, network: string): Promise<Restored> {
  if (!existsSync(file)) throw new GlimpseError('notFound', `there is no ${file}`, { reason: 'NO_BACKUP', cure: 'name a file that `glimpse backup` wrote' });
  const lock = takeLock(dir);
  const trial = mkdtempSync(join(dir, 'restore-'));
  try {
    copyFileSync(file, databaseFile(trial));
    const findings = await prove(trial, network);
    const replaced = findings.every(({ problems }) => problems.length === 0);
    if (replaced) replace(dir, trial);
    return { findings, replaced };
  } finally {
    rmSync(trial, { recursive: true, force: true });
    lock.release();
  }
}

async function prove(trial: string, network: string): Promise<Finding[]> {
  try {
    const db = openForWriting(trial);
    try {
      migrateConnection(db);
      // Events that were told since the backup will have their numbers given anew: cursors of that time must not fit.
      db.exec('UPDATE event_head SET line = lower(hex(randomblob(4)))');
    } finally {
      db.close();
    }
  } catch (error) {
    if (error instanceof GlimpseError) throw error;
    return [{ check: 'database', checked: 0, problems: [(error as Error).message] }];
  }
  return verifyFolder(trial, network);
}

/** The old write-ahead log goes before the new database comes: SQLite would apply it to whatever bears its name. */
function replace(dir: string, trial: string): void {
  const target = databaseFile(dir);
  for (const tail of ['-wal', '-shm']) rmSync(`${target}${tail}`, { force: true });
  putInPlace(databaseFile(trial), target);
  rmSync(indexDir(dir), { recursive: true, force: true });
  makeFolder(indexDir(dir));
}
