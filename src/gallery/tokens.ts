import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { GlimpseError } from '../errors.js';
import { openForWriting, type Connection } from './database.js';
import { makeFolder } from './files.js';
import { isCurrent, migrate } from './migrate.js';
import { checkCollection } from './validate.js';

export type Role = 'identify' | 'enrol' | 'admin';

export interface Token {
  readonly id: string;
  readonly role: Role;
  readonly name: string;
  /** The collections that it is for; absent: all. */
  readonly collections?: readonly string[];
}

export interface ListedToken extends Token {
  readonly createdAt: Date;
  readonly revokedAt?: Date;
}

export interface Tokens {
  /** The secret is shown once and stored nowhere. */
  create(role: Role, name: string, collections?: readonly string[]): { readonly id: string; readonly secret: string };
  /** Oldest first, revoked ones included. */
  list(): ListedToken[];
  /** From then on `verify` refuses it, in every process. Throws `notFound` (TOKEN_NOT_FOUND). */
  revoke(id: string): void;
  verify(secret: string): Token | undefined;
  close(): void;
}

interface TokenRow extends Omit<Token, 'collections'> {
  /** A JSON list; NULL: all. */
  readonly collections: string | null;
  readonly created_at: number;
  readonly revoked_at: number | null;
}

const PREFIX = 'glimpse_';

/** The tokens of a data folder. May be open in several processes, beside a running server too: each look is at the database. */
export function openTokens(dir: string): Tokens {
  makeFolder(dir);
  const db = openMigrated(dir);
  const insert = db.prepare<[string, Role, string, Buffer, number, string | null]>(
    'INSERT INTO token (id, role, name, secret_sha256, created_at, collections) VALUES (?, ?, ?, ?, ?, ?)');
  const select = db.prepare<[], TokenRow>('SELECT id, role, name, created_at, revoked_at, collections FROM token ORDER BY created_at, id');
  const revoke = db.prepare<[number, string]>('UPDATE token SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?');
  const bySecret = db.prepare<[Buffer], TokenRow>(
    `SELECT id, role, name, created_at, revoked_at, collections FROM token t WHERE secret_sha256 = ? AND revoked_at IS NULL
     AND (SELECT seal IS due FROM token_seal s WHERE s.id = t.id)`);
  return {
    create(role, name, collections) {
      collections?.forEach(checkCollection);
      const id = randomUUID();
      const secret = PREFIX + randomBytes(32).toString('base64url');
      insert.run(id, role, name, digest(secret), Date.now(), collections === undefined ? null : JSON.stringify(collections));
      return { id, secret };
    },
    list: () => select.all().map(toListed),
    revoke(id) {
      if (revoke.run(Date.now(), id).changes === 0) throw noSuchToken(id);
    },
    // 256 random bits found by their hash: timing tells an attacker nothing that helps to guess them.
    // A damaged row opens nothing.
    verify(secret) {
      const row = secret.startsWith(PREFIX) ? bySecret.get(digest(secret)) : undefined;
      return row && toToken(row);
    },
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

function toToken({ id, role, name, collections }: Pick<TokenRow, 'id' | 'role' | 'name' | 'collections'>): Token {
  return { id, role, name, ...(collections !== null && { collections: JSON.parse(collections) as string[] }) };
}

function toListed({ created_at, revoked_at, ...row }: TokenRow): ListedToken {
  return { ...toToken(row), createdAt: new Date(created_at), ...(revoked_at !== null && { revokedAt: new Date(revoked_at) }) };
}

const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest();

function noSuchToken(id: string): GlimpseError {
  return new GlimpseError('notFound', `there is no token ${JSON.stringify(id)}`, {
    field: 'id', reason: 'TOKEN_NOT_FOUND', cure: 'list the tokens to see their ids: glimpse token list',
  });
}
