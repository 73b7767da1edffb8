import type { Caller } from '../gallery/audit/row.js';
import type { Context } from './calls.js';

/** Who the audit says it was: the token, else the client's certificate, else from where. */
export function callerOf({ principal, subject, peer, request }: Pick<Context, 'principal' | 'subject' | 'peer' | 'request'>): Caller {
  return { actor: actorOf(principal.id, subject, peer), peer, request };
}

function actorOf(token: string, subject: string, peer: string): string {
  if (token !== '') return `token:${token}`;
  if (subject !== '') return `certificate:${subject}`;
  return /^(127\.|\[?::1\]?:|\[?::ffff:127\.)/.test(peer) ? 'loopback' : 'anybody';
}
