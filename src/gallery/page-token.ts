import { createHash } from 'node:crypto';
import { GlimpseError } from '../errors.js';

/** What a page token belongs to: another query must not go on where this one stopped. */
export interface Query {
  readonly collection: string;
  readonly tag: string;
  readonly namePrefix: string;
}

export function makePageToken(after: string, query: Query): string {
  return Buffer.from(JSON.stringify([after, digest(query)])).toString('base64url');
}

/** The id after which the next page starts; empty for the first page. Throws `invalid`. */
export function readPageToken(token: string, query: Query): string {
  if (token === '') return '';
  const [after, of] = parse(token);
  if (typeof after === 'string' && of === digest(query)) return after;
  throw new GlimpseError('invalid', 'the page token does not belong to this query', {
    field: 'page_token', reason: 'BAD_PAGE_TOKEN', cure: 'send next_page_token of the page before, with the same filters; or none to start again',
  });
}

function parse(token: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

function digest({ collection, tag, namePrefix }: Query): string {
  return createHash('sha256').update(JSON.stringify([collection, tag, namePrefix])).digest('base64url').slice(0, 12);
}
