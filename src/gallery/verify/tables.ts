import { verifyChain } from '../audit/verify.js';
import { openInMemory, storageError, type Connection } from '../database.js';
import { migrateConnection } from '../migrate.js';
import { fold } from '../store/insert.js';
import { DIMENSIONS, fromBlob } from '../vectors.js';
import { Problems, type Finding } from './finding.js';

/** Stored vectors are of length 1 up to the rounding of float32 and of whoever imported them. */
const LENGTH_TOLERANCE = 1e-3;

/** Pages, indexes and constraints, by SQLite itself: every index holds again what its rows hold, so a change of either shows. */
export function checkDatabase(db: Connection): Finding {
  const problems = new Problems();
  try {
    for (const row of db.pragma('integrity_check(100)') as { integrity_check: string }[]) {
      if (row.integrity_check !== 'ok') problems.add(row.integrity_check);
    }
  } catch (error) {
    problems.add((storageError(error) as Error).message);
  }
  return { check: 'database', checked: readable(() => db.pragma('page_count', { simple: true }) as number), problems: problems.list };
}

/** Tables, indexes, views and triggers are those that the migrations make. */
export function checkSchema(db: Connection): Finding {
  const problems = new Problems();
  const list = (of: Connection): string[] =>
    of.prepare<[], string>("SELECT type || ' ' || name || ' on ' || tbl_name || ': ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1").pluck().all();
  const ours = openInMemory();
  migrateConnection(ours);
  const wanted = new Set(list(ours));
  ours.close();
  const found = attempt(problems, () => list(db)) ?? [];
  for (const entry of found) if (!wanted.delete(entry)) problems.add(`${nameOf(entry)} is not ours`);
  for (const entry of wanted) problems.add(`${nameOf(entry)} is missing, or changed`);
  return { check: 'schema', checked: found.length, problems: problems.list };
}

const nameOf = (entry: string): string => entry.split(' on ', 1)[0] ?? '';

export function checkReferences(db: Connection): Finding {
  const problems = new Problems();
  const rows = attempt(problems, () => db.pragma('foreign_key_check') as { table: string; rowid: number | null; parent: string }[]) ?? [];
  for (const { table, rowid, parent } of rows) problems.add(`row ${rowid ?? '?'} of ${table} refers to a row of ${parent} that is not there`);
  const checked = readable(() => db.prepare<[], number>('SELECT count(*) FROM face').pluck().get() ?? 0);
  return { check: 'references', checked, problems: problems.list };
}

/** What SQLite cannot know: the name that is searched for is the name that is shown. */
export function checkPeople(db: Connection): Finding {
  const problems = new Problems();
  let checked = 0;
  attempt(problems, () => {
    const rows = db.prepare<[], { id: string; name: string; folded: string }>('SELECT id, name, folded_name AS folded FROM identity');
    for (const { id, name, folded } of rows.iterate()) {
      checked++;
      if (fold(name) !== folded) problems.add(`identity ${id} is shown by another name than it is found by`);
    }
  });
  return { check: 'people', checked, problems: problems.list };
}

export function checkVectors(db: Connection): Finding {
  const problems = new Problems();
  let checked = 0;
  attempt(problems, () => {
    const vectors = `SELECT 'face ' || id AS whose, vector FROM face UNION ALL SELECT 'rejection ' || number, vector FROM rejection`;
    for (const { whose, vector } of db.prepare<[], { whose: string; vector: Buffer }>(vectors).iterate()) {
      checked++;
      const length = Math.sqrt(fromBlob(vector).reduce((sum, value) => sum + value * value, 0));
      if (vector.length !== 4 * DIMENSIONS) problems.add(`the vector of ${whose} has ${vector.length} bytes`);
      else if (!(Math.abs(length - 1) <= LENGTH_TOLERANCE)) problems.add(`the vector of ${whose} has length ${length.toFixed(4)} instead of 1`);
    }
  });
  return { check: 'vectors', checked, problems: problems.list };
}

const SEALED = {
  gallery: "'the state'", collection: "'collection ' || number", identity: "'identity number ' || number", face: "'face number ' || label",
  enroll_request: "'request ' || id", rejection: "'rejection number ' || number", token: "'token ' || id", event: "'event number ' || number", event_head: "'the head of the events'", audit_head: "'the salt of the audit'",
} as const;

/** Every row is as it was written, by its own checksum. */
export function checkSeals(db: Connection): Finding {
  const problems = new Problems();
  let checked = 0;
  for (const [table, name] of Object.entries(SEALED)) {
    attempt(problems, () => {
      const rows = db.prepare<[], { name: string; sound: number }>(`SELECT ${name} AS name, seal IS due AS sound FROM ${table}_seal`);
      for (const row of rows.iterate()) {
        checked++;
        if (row.sound !== 1) problems.add(`${row.name} is not as it was written`);
      }
    });
  }
  return { check: 'rows', checked, problems: problems.list };
}

/** What AUTOINCREMENT goes by: a number that was given must not be given again. */
export function checkNumbers(db: Connection): Finding {
  const problems = new Problems();
  const tables = { collection: 'number', identity: 'number', face: 'label', rejection: 'number', event: 'number' };
  for (const [table, column] of Object.entries(tables)) {
    const late = attempt(problems, () => db.prepare<[string], number>(
      `SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = ?), 0) < coalesce((SELECT max(${column}) FROM ${table}), 0)`).pluck().get(table));
    if (late === 1) problems.add(`numbers of ${table} would be given twice`);
  }
  return { check: 'numbers', checked: Object.keys(tables).length, problems: problems.list };
}

export function checkAudit(db: Connection): Finding {
  const problems = new Problems();
  const verdict = attempt(problems, () => verifyChain(db));
  if (verdict?.broken !== undefined) problems.add(verdict.broken.message);
  return { check: 'audit', checked: verdict?.rows ?? 0, problems: problems.list };
}

/** @param network sha256 of the network that this release embeds with */
export function checkNetwork(db: Connection, network: string): Finding {
  const problems = new Problems();
  let [checked, searchable] = [0, 0];
  const others: string[] = [];
  attempt(problems, () => {
    const rows = db.prepare<[], { name: string; sha256: string; faces: number }>(
      `SELECT c.name, n.sha256, (SELECT count(*) FROM face f WHERE f.collection = c.number) AS faces
       FROM collection c JOIN network n ON n.number = c.network ORDER BY c.name`);
    for (const { name, sha256, faces } of rows.iterate()) {
      checked++;
      if (faces === 0) continue;
      if (sha256 === network) searchable++;
      else others.push(`collection ${name} was made by network ${sha256.slice(0, 12)}…, not by ${network.slice(0, 12)}…`);
    }
  });
  if (searchable === 0) others.forEach((other) => problems.add(other)); // beside one of ours they are kept on purpose
  return { check: 'network', checked, problems: problems.list };
}

/** A damaged file fails wherever it is read: that is a finding too. */
export function attempt<T>(problems: Problems, look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    problems.add((storageError(error) as Error).message);
    return undefined;
  }
}

function readable(count: () => number): number {
  try {
    return count();
  } catch {
    return 0;
  }
}
