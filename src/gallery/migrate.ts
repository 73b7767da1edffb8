import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { GlimpseError } from '../errors.js';
import { MIGRATIONS_DIR } from '../paths.js';
import { openForWriting, type Connection } from './database.js';
import { takeLock } from './lock.js';

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

/**
 * Brings the gallery of a data folder up to date, forward only; the verb `glimpse migrate`. Takes the gallery's lock.
 * Returns the names of the migrations it applied. Throws `precondition` when the history on disk is not ours.
 */
export function migrate(dir: string, migrationsDir = MIGRATIONS_DIR): string[] {
  const lock = takeLock(dir);
  try {
    const db = openForWriting(dir);
    try {
      return migrateConnection(db, migrationsDir);
    } finally {
      db.close();
    }
  } finally {
    lock.release();
  }
}

/** The same on an open connection, for whoever holds the lock. */
export function migrateConnection(db: Connection, migrationsDir = MIGRATIONS_DIR): string[] {
  db.exec(`CREATE TABLE IF NOT EXISTS schema_migration (
    version INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT`);
  const pending = pendingMigrations(db, migrationsDir);
  for (const migration of pending) apply(db, migration);
  return pending.map(({ name }) => name);
}

/** Whether the tables are there and current, without touching the file. */
export function isCurrent(db: Connection, migrationsDir = MIGRATIONS_DIR): boolean {
  const known = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'schema_migration'").get();
  return known !== undefined && pendingMigrations(db, migrationsDir).length === 0;
}

function pendingMigrations(db: Connection, migrationsDir: string): Migration[] {
  const available = readMigrations(migrationsDir);
  const applied = db.prepare<[], Omit<Migration, 'sql'>>('SELECT version, name, sha256 FROM schema_migration ORDER BY version').all();
  for (const row of applied) checkApplied(row, available[row.version - 1]);
  return available.slice(applied.length);
}

function checkApplied(row: Omit<Migration, 'sql'>, ours: Migration | undefined): void {
  if (ours === undefined) {
    throw new GlimpseError('precondition', `the gallery was written by a newer Glimpse: it has migration ${row.name}`, {
      reason: 'GALLERY_TOO_NEW', cure: 'run the newer version, or restore a backup from before its first start',
    });
  }
  if (ours.sha256 !== row.sha256) {
    throw new GlimpseError('precondition', `migration ${row.name} is not the one that was applied to this gallery`, {
      reason: 'MIGRATION_EDITED', cure: 'restore the released migration file; a change of the schema needs a migration of its own',
    });
  }
}

/** Files `NNNN_name.sql`, numbered from 0001 without a gap. */
function readMigrations(dir: string): Migration[] {
  const names = readdirSync(dir).filter((name) => name.endsWith('.sql')).sort();
  return names.map((name, place) => {
    const version = Number(/^(\d{4})_/.exec(name)?.[1]);
    if (version !== place + 1) throw new Error(`migration ${name} is out of order: number ${place + 1} was expected`);
    const sql = readFileSync(join(dir, name), 'utf8').replaceAll('\r\n', '\n');
    return { version, name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
  });
}

function apply(db: Connection, { version, name, sql, sha256 }: Migration): void {
  const run = db.transaction(() => {
    db.exec(sql);
    db.prepare('INSERT INTO schema_migration VALUES (?, ?, ?, ?)').run(version, name, sha256, Date.now());
  });
  run.immediate();
}
