import { status as Status, type Metadata, type ServiceError } from '@grpc/grpc-js';
import { rpc } from './definitions.js';

export type CallErrorCode = keyof typeof Status;

/** What the server said about a failed call; empty strings where it said nothing. */
export interface CallErrorDetail {
  /** Dotted path of the field at fault, as the proto spells it: `images[2].image.raw.stride`. */
  readonly field: string;
  /** UPPER_SNAKE_CASE, for programs. */
  readonly reason: string;
  /** What to do about it, one sentence. */
  readonly cure: string;
}

/** Every failure of a call, whether the server refused it or could not be reached. */
export class CallError extends Error implements CallErrorDetail {
  override readonly name = 'CallError';
  /** The gRPC status by name: `NOT_FOUND`, `UNAVAILABLE` … */
  readonly code: CallErrorCode;
  readonly field: string;
  readonly reason: string;
  readonly cure: string;

  constructor(code: CallErrorCode, message: string, detail: CallErrorDetail, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.field = detail.field;
    this.reason = detail.reason;
    this.cure = detail.cure;
  }
}

/** Turns what grpc-js throws into a CallError; anything else is a fault of the program and is returned as it is. */
export function toCallError(error: Error): Error;
export function toCallError(error: unknown): unknown;
export function toCallError(error: unknown): unknown {
  if (!isServiceError(error)) return error;
  const code = Status[error.code] as CallErrorCode;
  return new CallError(code, messageOf(error, code), detailOf(error.metadata, code), error);
}

/** grpc-js wraps the reason for which it could not connect in notes on its own workings; the reason itself is enough. */
function messageOf({ details }: ServiceError, code: CallErrorCode): string {
  const reason = /^No connection established\. Last error: (?:Error: )?(.+?)\.? Resolution note/s.exec(details)?.[1];
  return reason === undefined ? details || code : `no connection to the server: ${reason}`;
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}

/** Cures for failures that arise without the server, which then cannot name one. */
const OWN_CURES: Partial<Record<CallErrorCode, string>> = {
  UNAVAILABLE: 'start the server with `glimpse serve`, or give the right address',
  DEADLINE_EXCEEDED: 'allow more time, or send less at once',
  RESOURCE_EXHAUSTED: 'send less at once; the server bounds a request by --max-message-bytes',
};

function detailOf(metadata: Metadata | undefined, code: CallErrorCode): CallErrorDetail {
  const fallback: CallErrorDetail = { field: '', reason: '', cure: OWN_CURES[code] ?? '' };
  const bytes = metadata?.get('grpc-status-details-bin')[0];
  if (!Buffer.isBuffer(bytes)) return fallback;
  try {
    return { ...fallback, ...decodeDetails(bytes) };
  } catch {
    return fallback; // details of a proxy's own making, or damage: the status itself still counts
  }
}

function decodeDetails(status: Buffer): Partial<CallErrorDetail> {
  const found: { -readonly [Key in keyof CallErrorDetail]?: string } = {};
  for (const { type_url: type, value } of rpc.Status.deserialize(status).details) {
    if (type.endsWith('/google.rpc.BadRequest')) {
      const [violation] = rpc.BadRequest.deserialize(value).fieldViolations;
      if (violation !== undefined) found.field = violation.field;
    } else if (type.endsWith('/google.rpc.ErrorInfo')) {
      const { reason, metadata } = rpc.ErrorInfo.deserialize(value);
      found.reason = reason;
      if (metadata.cure !== undefined) found.cure = metadata.cure;
    }
  }
  return found;
}
