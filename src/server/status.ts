import { Metadata, type status } from '@grpc/grpc-js';
import { GlimpseError, STATUS_OF } from '../errors.js';
import { RPC } from './definitions.js';

/** A gRPC status as grpc-js takes it, with google.rpc details in its trailers. */
export interface WireStatus {
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;
}

/** What is told to the caller. An error that is not ours says nothing of itself: its text may hold anything. */
export function toStatus(error: unknown): WireStatus {
  return error instanceof GlimpseError ? describe(error) : describe(INTERNAL);
}

/** True when the caller is told less than the error says, so that a log has to keep it. */
export function isUnexpected(error: unknown): boolean {
  return !(error instanceof GlimpseError) || error.kind === 'internal' || error.kind === 'corrupt';
}

const INTERNAL = new GlimpseError('internal', 'the server failed at this call', {
  reason: 'INTERNAL',
  cure: 'try again; if it fails again, the server log has the cause',
});

function describe(error: GlimpseError): WireStatus {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- errors.ts keeps the same numbers free of gRPC, for worker threads
  const code: status = STATUS_OF[error.kind];
  const { field = '', reason, cure } = error.detail;
  const details = [any('ErrorInfo', RPC.ErrorInfo.serialize({ reason, domain: 'glimpse', metadata: { cure } }))];
  if (field !== '') {
    details.push(any('BadRequest', RPC.BadRequest.serialize({ fieldViolations: [{ field, description: error.message }] })));
  }
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', RPC.Status.serialize({ code, message: error.message, details }));
  return { code, details: error.message, metadata };
}

function any(name: string, value: Uint8Array): { type_url: string; value: Uint8Array } {
  return { type_url: `type.googleapis.com/google.rpc.${name}`, value };
}
