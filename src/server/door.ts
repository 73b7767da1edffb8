import type { Metadata } from '@grpc/grpc-js';
import { GlimpseError } from '../errors.js';
import { authorise, isOurs, type Principal } from './roles.js';

/** Where bearer tokens are looked up. */
export interface TokenBook {
  verify(secret: string): Principal | undefined;
  close(): void;
}

/** Whoever calls where no token is asked for. */
const ANYBODY: Principal = { id: '', role: 'admin', name: 'anybody' };

/** Says who calls. Throws `unauthenticated` or `forbidden`. */
export type Door = (path: string, metadata: Metadata) => Principal;

export const openDoor: Door = () => ANYBODY;

export function tokenDoor(tokens: TokenBook): Door {
  return (path, metadata) => {
    if (!isOurs(path)) return ANYBODY;
    const principal = tokens.verify(bearer(metadata));
    if (principal === undefined) throw unauthenticated('BAD_TOKEN', 'the token is not known, or was revoked');
    authorise(principal, path);
    return principal;
  };
}

function bearer(metadata: Metadata): string {
  const header = metadata.get('authorization')[0]?.toString() ?? '';
  const secret = /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (secret === undefined) throw unauthenticated('NO_TOKEN', 'this server asks for a bearer token');
  return secret;
}

function unauthenticated(reason: string, message: string): GlimpseError {
  return new GlimpseError('unauthenticated', message, {
    field: 'authorization',
    reason,
    cure: 'send the metadata "authorization: Bearer TOKEN"; glimpse token create makes one',
  });
}
