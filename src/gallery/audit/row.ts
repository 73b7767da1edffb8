import { createHash } from 'node:crypto';

/** On whose behalf something is done. */
export interface Caller {
  /** `token:ID`, `certificate:NAME`, `loopback`, `anybody`, or `glimpse` for what the house does by itself. */
  readonly actor: string;
  /** Address and port; empty within the process. */
  readonly peer: string;
  /** The call or stream, as the server's log names it. */
  readonly request: string;
}

/** The house itself: the sweep, and programs that use the gallery without a server. */
export const HOUSE: Caller = { actor: 'glimpse', peer: '', request: '' };

export type AuditedCall =
  | 'Enroll' | 'UpdateIdentity' | 'DeleteIdentity' | 'EraseIdentity' | 'DeleteFace' | 'MoveFace' | 'MergeIdentities' | 'SetCollection' | 'DeleteCollection' | 'Confirm' | 'Reject' | 'Import' | 'Expire'
  | 'Export' | 'Search' | 'Identify' | 'LooksLike' | 'Record' | 'Watch' | 'Webhook';

/** What was done to whom. */
export interface Deed {
  readonly call: AuditedCall;
  readonly collection: string;
  readonly identities: readonly string[];
  /** How often; only streams sum up. */
  readonly times?: number;
}

export interface AuditRow extends Caller {
  /** 1, 2, 3 … without a gap. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly call: string;
  readonly collection: string;
  /** A list as JSON, as it is stored. */
  readonly identities: string;
  readonly times: number;
}

/** What comes before the first row. */
export const NOTHING = Buffer.alloc(32);

export function hashOf(before: Uint8Array, row: AuditRow): Buffer {
  const { number, at, actor, peer, request, call, collection, identities, times } = row;
  return createHash('sha256').update(before).update(JSON.stringify([number, at, actor, peer, request, call, collection, identities, times])).digest();
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Ids of the house's making say nothing of the person. One that a caller chose may be a name, so a pseudonym takes its place. */
export function auditId(salt: Uint8Array, id: string): string {
  return UUID.test(id) ? id : `#${createHash('sha256').update(salt).update(id).digest('hex').slice(0, 32)}`;
}
