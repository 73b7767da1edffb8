import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { openForReading, type Connection } from './database.js';
import { databaseFile } from './files.js';

/**
 * sha256 (hex) over all of a collection that an answer depends on: who is in it, under which names, by which faces, until when, and who was rejected. A face's id
 * stands for its vector, which never changes. Empty for a collection that is not there.
 */
export function contentsOf(db: Connection): (collection: string) => string {
  const identities = db.prepare<[string], unknown[]>(
    `SELECT i.id, i.name, i.external_id, i.expires_at FROM collection c JOIN identity i ON i.collection = c.number WHERE c.name = ? ORDER BY i.id`).raw();
  const faces = db.prepare<[string], unknown[]>(
    `SELECT f.id, i.id FROM collection c JOIN face f ON f.collection = c.number JOIN identity i ON i.number = f.identity WHERE c.name = ? ORDER BY f.id`).raw();
  const tags = db.prepare<[string], unknown[]>(
    `SELECT i.id, t.tag FROM collection c JOIN identity i ON i.collection = c.number JOIN identity_tag t ON t.identity = i.number WHERE c.name = ? ORDER BY i.id, t.tag`).raw();
  const rejections = db.prepare<[string], unknown[]>(
    `SELECT i.id, hex(r.vector), r.expires_at FROM collection c JOIN identity i ON i.collection = c.number JOIN rejection r ON r.identity = i.number
     WHERE c.name = ? ORDER BY r.number`).raw();
  return (collection) => {
    const hash = createHash('sha256');
    let rows = 0;
    for (const statement of [identities, faces, tags, rejections]) {
      hash.update('\n\n');
      for (const row of statement.iterate(collection)) {
        hash.update(JSON.stringify(row)).update('\n');
        rows += 1;
      }
    }
    return rows === 0 ? '' : hash.digest('hex');
  };
}

/** The same of a data folder, also beside a running server; empty where there is none. */
export function readContents(dir: string, collection: string): string {
  if (!existsSync(databaseFile(dir))) return '';
  const db = openForReading(dir);
  try {
    return contentsOf(db)(collection);
  } finally {
    db.close();
  }
}
