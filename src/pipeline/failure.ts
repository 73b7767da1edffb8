import { type ErrorDetail, type ErrorKind, GlimpseError } from '../errors.js';

/** An error that survives the way between threads: structured cloning would strip a GlimpseError of all but its text. */
export interface Failure {
  readonly kind: ErrorKind;
  readonly message: string;
  readonly detail: ErrorDetail;
}

export function failed(error: unknown): { readonly failure: Failure } {
  if (error instanceof GlimpseError) return { failure: { kind: error.kind, message: error.message, detail: error.detail } };
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { failure: { kind: 'internal', message, detail: { reason: 'VISION_FAILED', cure: 'report this with the server log' } } };
}

export const revived = ({ kind, message, detail }: Failure): GlimpseError => new GlimpseError(kind, message, detail);
