import { CallError, type CallErrorCode } from '../client/index.js';
import { GlimpseError } from '../errors.js';

/** What the process says of itself to a script. Listed in `glimpse --help`. */
export const EXIT = { ok: 0, failed: 1, usage: 2, partly: 3, unreachable: 4, refused: 5 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_HELP = `Exit codes:
  0  done
  1  failed
  2  the command line or a setting is wrong
  3  partly done: some pictures, frames, records or identities were refused
  4  the server cannot be reached, or did not answer in time
  5  the server asks for a token, or for one with another role`;

/** A command line that parses and yet makes no sense. */
export class UsageError extends Error {
  readonly cure: string;

  constructor(message: string, cure: string) {
    super(message);
    this.name = 'UsageError';
    this.cure = cure;
  }
}

/** What is told of a failure, as text or as JSON. Empty strings where there is nothing to say. */
export interface Failure {
  readonly exit: ExitCode;
  readonly code: string;
  readonly message: string;
  readonly field: string;
  readonly reason: string;
  readonly cure: string;
}

const OF_CODE: Partial<Record<CallErrorCode, ExitCode>> = {
  UNAVAILABLE: EXIT.unreachable,
  DEADLINE_EXCEEDED: EXIT.unreachable,
  UNAUTHENTICATED: EXIT.refused,
  PERMISSION_DENIED: EXIT.refused,
};

export function describeFailure(error: unknown): Failure {
  if (error instanceof CallError) {
    const { code, message, field, reason, cure } = error;
    return { exit: OF_CODE[code] ?? EXIT.failed, code, message, field, reason, cure };
  }
  if (error instanceof GlimpseError) {
    const { field = '', reason, cure } = error.detail;
    return { exit: reason === 'BAD_SETTING' ? EXIT.usage : EXIT.failed, code: error.kind, message: error.message, field, reason, cure };
  }
  if (error instanceof UsageError) return { exit: EXIT.usage, code: 'usage', message: error.message, field: '', reason: '', cure: error.cure };
  const message = error instanceof Error ? error.message : String(error);
  return { exit: EXIT.failed, code: 'failed', message, field: '', reason: '', cure: '' };
}
