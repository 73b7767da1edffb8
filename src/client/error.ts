import { status as Status, type Metadata, type ServiceError } from '@grpc/grpc-js';
import { readFields, textOf } from './wire.js';

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
  return new CallError(code, error.details || code, detailOf(error.metadata, code), error);
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}

/** Cures for failures that arise without the server, which then cannot name one. */
const OWN_CURES: Partial<Record<CallErrorCode, string>> = {
  UNAVAILABLE: 'start the server with `glimpse serve`, or give the right address',
  DEADLINE_EXCEEDED: 'allow more time, or send less at once',
};

function detailOf(metadata: Metadata | undefined, code: CallErrorCode): CallErrorDetail {
  const fallback: CallErrorDetail = { field: '', reason: '', cure: OWN_CURES[code] ?? '' };
  const bytes = metadata?.get('grpc-status-details-bin')[0];
  if (!Buffer.isBuffer(bytes)) return fallback;
  try {
    return { ...fallback, ...decodeDetails(bytes) };
  } catch (error) {
    if (error instanceof RangeError) return fallback; // a proxy's own details, or damage: the status itself still counts
    throw error;
  }
}

/** google.rpc.Status { details = 3 (Any { type_url = 1, value = 2 }) }. */
function decodeDetails(bytes: Buffer): Partial<CallErrorDetail> {
  const found: { -readonly [Key in keyof CallErrorDetail]?: string } = {};
  for (const packed of readFields(bytes).get(3) ?? []) {
    const any = readFields(packed);
    const value = readFields(any.get(2)?.[0] ?? Buffer.alloc(0));
    const type = textOf(any, 1).replace(/^.*\//, '');
    if (type === 'google.rpc.BadRequest') {
      const [violation] = value.get(1) ?? []; // FieldViolation { field = 1 }
      if (violation !== undefined) found.field = textOf(readFields(violation), 1);
    } else if (type === 'google.rpc.ErrorInfo') {
      found.reason = textOf(value, 1);
      const entries = (value.get(3) ?? []).map(readFields); // map<string, string> metadata
      const cure = entries.find((entry) => textOf(entry, 1) === 'cure');
      if (cure !== undefined) found.cure = textOf(cure, 2);
    }
  }
  return found;
}
