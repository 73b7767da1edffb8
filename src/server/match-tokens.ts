import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { GlimpseError } from '../errors.js';
import type { SealedMatch } from '../pipeline/feedback.js';

/** For how long a match can be confirmed or rejected. */
export const TOKEN_HOURS = 24;

const [NONCE_BYTES, TAG_BYTES, VECTOR_BYTES] = [12, 16, 1024];

/** A match that was opened again, and the digest of its token. */
export interface OpenedMatch extends SealedMatch {
  readonly digest: string;
}

/**
 * A match as its caller may carry it away: whom a probe was taken for, and the probe itself, sealed (AES-256-GCM) under a key that lives as long as
 * this process. So nothing has to be remembered, nobody but this server can read a face out of it or make one up, and after a restart nobody can.
 * Layout: nonce, tag, then encrypted the embedding and the rest as JSON.
 */
export class MatchTokens {
  readonly #key = randomBytes(32);

  seal({ probe, ...match }: SealedMatch, now = Date.now()): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce);
    const said = Buffer.from(JSON.stringify({ ...match, at: now }));
    const sealed = Buffer.concat([cipher.update(new Uint8Array(probe.buffer, probe.byteOffset, VECTOR_BYTES)), cipher.update(said), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
  }

  /** Throws `invalid` (MATCH_TOKEN_UNKNOWN) for what this process did not seal, `precondition` (MATCH_TOKEN_EXPIRED). */
  open(token: Uint8Array, now = Date.now()): OpenedMatch {
    const plain = this.#decrypt(token);
    const { at, ...match } = JSON.parse(plain.subarray(VECTOR_BYTES).toString()) as Omit<SealedMatch, 'probe'> & { at: number };
    if (now - at > TOKEN_HOURS * 3_600_000) throw expired(at);
    const probe = new Float32Array(Uint8Array.from(plain.subarray(0, VECTOR_BYTES)).buffer);
    return { ...match, probe, digest: createHash('sha256').update(token).digest('hex') };
  }

  #decrypt(token: Uint8Array): Buffer {
    const nonce = token.subarray(0, NONCE_BYTES);
    const tag = token.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
    if (tag.length < TAG_BYTES) throw unknown();
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, nonce, { authTagLength: TAG_BYTES }).setAuthTag(tag);
      return Buffer.concat([decipher.update(token.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    } catch (error) {
      throw unknown(error);
    }
  }
}

export const sealer = (tokens: MatchTokens) => (match: SealedMatch): Buffer => tokens.seal(match);

const CURE = 'search with the picture again, with want_evidence, and send the match_token of that answer';

function unknown(cause?: unknown): GlimpseError {
  const detail = { field: 'match_token', reason: 'MATCH_TOKEN_UNKNOWN', cure: CURE };
  return new GlimpseError('invalid', 'match_token was not given by this server since it started', detail, cause);
}

function expired(at: number): GlimpseError {
  const message = `match_token was given at ${new Date(at).toISOString()}, more than ${TOKEN_HOURS} hours ago`;
  return new GlimpseError('precondition', message, { field: 'match_token', reason: 'MATCH_TOKEN_EXPIRED', cure: CURE });
}
