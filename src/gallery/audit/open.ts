import { existsSync } from 'node:fs';
import { GlimpseError } from '../../errors.js';
import { openForReading, type Connection } from '../database.js';
import { databaseFile } from '../files.js';
import { isCurrent } from '../migrate.js';
import { auditId, type AuditRow } from './row.js';
import { verifyChain, type Mark, type Verdict } from './verify.js';

export interface AuditQuery {
  readonly since?: Date;
  /** Rows before it. */
  readonly until?: Date;
  /** Only rows that tell of this identity. */
  readonly identity?: string;
}

/** A row as it is shown; the hash in hex. */
export interface ToldRow extends Omit<AuditRow, 'identities'> {
  readonly identities: readonly string[];
  readonly hash: string;
}

export interface Audit {
  verify(mark?: Mark): Verdict;
  /** Oldest first. */
  rows(query: AuditQuery): IterableIterator<ToldRow>;
  close(): void;
}

/**
 * The audit of a data folder, also beside a running server, or in a restored backup: whoever checks a server does not ask that
 * server. Throws `precondition` where there is no gallery, or an older one.
 */
export function openAudit(dir: string): Audit {
  if (!existsSync(databaseFile(dir))) {
    throw new GlimpseError('precondition', `there is no gallery in ${dir}`, {
      field: 'data-dir', reason: 'NO_GALLERY', cure: 'name the folder that the server was started with',
    });
  }
  const db = openForReading(dir);
  try {
    if (isCurrent(db)) return auditOf(db);
  } catch (error) {
    db.close();
    throw error;
  }
  db.close();
  throw new GlimpseError('precondition', `the gallery in ${dir} was last opened by an older Glimpse`, {
    field: 'data-dir', reason: 'GALLERY_OUTDATED', cure: 'bring it up to date first: glimpse migrate',
  });
}

function auditOf(db: Connection): Audit {
  const select = db.prepare<[number, number], AuditRow & { hash: Buffer }>('SELECT * FROM audit WHERE at >= ? AND at < ? ORDER BY number');
  const salt = db.prepare<[], Buffer>('SELECT salt FROM audit_head').pluck();
  return {
    verify: (mark) => verifyChain(db, mark),
    *rows({ since = new Date(0), until = new Date(8.64e15), identity }) {
      const wanted = identity === undefined ? undefined : auditId(salt.get() ?? Buffer.alloc(0), identity);
      for (const { hash, identities, ...row } of select.iterate(since.getTime(), until.getTime())) {
        const ids = JSON.parse(identities) as string[];
        if (wanted === undefined || ids.includes(wanted)) yield { ...row, identities: ids, hash: hash.toString('hex') };
      }
    },
    close: () => void db.close(),
  };
}
