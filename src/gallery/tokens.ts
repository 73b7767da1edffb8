import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { GlimpseError } from '../errors.js';
import { openForWriting, type Connection } from './database.js';
import { makeFolder } from './files.js';
import { isCurrent, migrate } from './migrate.js';

export type Role = 'identify' | 'enrol' | 'admin';

export interface Token {
  readonly id: string;
  readonly role: Role;
  readonly name: string;
}

export interface ListedToken extends Token {
  readonly createdAt: Date;
  readonly revokedAt?: Date;
}

export interface Tokens {
  /** The secret is shown once and stored nowhere. */
  create(role: Role, name: string): { readonly id: string; readonly secret: string };
  /** Oldest first, revoked ones included. */
  list(): ListedToken[];
  /** From then on `verify` refuses it, in every process. Throws `notFound` (TOKEN_NOT_FOUND). */
  revoke(id: string): void;
  verify(secret: string): Token | undefined;
  close(): void;
}

interface TokenRow extends Token {
  readonly created_at: number;
  readonly revoked_at: number | null;
}

const PREFIX = 'glimpse_';

/** The tokens of a data folder. May be open in several processes, beside a running server too: each look is at the database. */
export function openTokens(dir: string): Tokens {
  makeFolder(dir);
  const db = openMigrated(dir);
  const insert = db.prepare<[string, Role, string, Buffer, number]>(
    'INSERT INTO token (id, role, name, secret_sha256, created_at) VALUES (?, ?, ?, ?, ?)');
  const select = db.prepare<[], TokenRow>('SELECT id, role, name, created_at, revoked_at FROM token ORDER BY created_at, id');
  const revoke = db.prepare<[number, string]>('UPDATE token SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?');
  const bySecret = db.prepare<[Buffer], Token>('SELECT id, role, name FROM token WHERE secret_sha256 = ? AND revoked_at IS NULL');
  return {
    create(role, name) {
      const id = randomUUID();
      const secret = PREFIX + randomBytes(32).toString('base64url');
      insert.run(id, role, name, digest(secret), Date.now());
      return { id, secret };
    },
    list: () => select.all().map(toListed),
    revoke(id) {
      if (revoke.run(Date.now(), id).changes === 0) throw noSuchToken(id);
    },
    // 256 random bits found by their hash: timing tells an attacker nothing that helps to guess them.
    verify: (secret) => (secret.startsWith(PREFIX) ? bySecret.get(digest(secret)) : undefined),
    close: () => void db.close(),
  };
}

function openMigrated(dir: string): Connection {
  const db = openForWriting(dir);
  try {
    if (isCurrent(db)) return db;
  } catch (error) {
    db.close();
    throw error;
  }
  db.close();
  migrate(dir);
  return openForWriting(dir);
}

function toListed({ id, role, name, created_at, revoked_at }: TokenRow): ListedToken {
  return { id, role, name, createdAt: new Date(created_at), ...(revoked_at !== null && { revokedAt: new Date(revoked_at) }) };
}

const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest();

function noSuchToken(id: string): GlimpseError {
  return new GlimpseError('notFound', `there is no token ${JSON.stringify(id)}`, {
    field: 'id', reason: 'TOKEN_NOT_FOUND', cure: 'list the tokens to see their ids: glimpse token list',
  });
}
