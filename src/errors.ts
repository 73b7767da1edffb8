/**
 * Every kind of failure that a caller can meet, and the gRPC status it becomes. The only such table; plain numbers, so that worker
 * threads that throw these errors need not load gRPC.
 */
export const STATUS_OF = {
  invalid: 3, // INVALID_ARGUMENT
  undecodable: 3, // INVALID_ARGUMENT
  noFace: 9, // FAILED_PRECONDITION
  notFound: 5, // NOT_FOUND
  exists: 6, // ALREADY_EXISTS
  precondition: 9, // FAILED_PRECONDITION
  unauthenticated: 16, // UNAUTHENTICATED
  forbidden: 7, // PERMISSION_DENIED
  overloaded: 8, // RESOURCE_EXHAUSTED
  outOfRange: 11, // OUT_OF_RANGE
  unavailable: 14, // UNAVAILABLE
  cancelled: 1, // CANCELLED
  deadline: 4, // DEADLINE_EXCEEDED
  corrupt: 15, // DATA_LOSS
  internal: 13, // INTERNAL
} as const;

export type ErrorKind = keyof typeof STATUS_OF;

export interface ErrorDetail {
  /** Dotted path of the field at fault, as the proto names it: `images[2].raw.stride`. Empty: no single field. */
  readonly field?: string;
  /** UPPER_SNAKE_CASE, for programs: `STRIDE_TOO_SMALL`. */
  readonly reason: string;
  /** What the caller can do about it, one sentence. */
  readonly cure: string;
}

/** An error that may be shown to the caller. Anything else that is thrown becomes `internal` and its text stays here. */
export class GlimpseError extends Error {
  readonly kind: ErrorKind;
  readonly detail: ErrorDetail;

  constructor(kind: ErrorKind, message: string, detail: ErrorDetail, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'GlimpseError';
    this.kind = kind;
    this.detail = detail;
  }
}
