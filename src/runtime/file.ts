import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GlimpseError } from '../errors.js';

/** What a contract says of the network's file; every runtime is held to it. */
export interface NetworkFile {
  /** File name, in the folder of the contract. */
  readonly file: string;
  /** sha256 of the file, lower-case hex. */
  readonly sha256: string;
  readonly input: { readonly name: string };
}

export interface VerifiedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Throws GlimpseError `precondition` when the file is missing or not the one the contract names: truncated, damaged, or another version. */
export async function readVerified(contractPath: string, { file, sha256 }: NetworkFile): Promise<VerifiedFile> {
  const path = join(dirname(contractPath), file);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unusable('MODEL_MISSING', `${path} cannot be read`, cause);
  });
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) {
    throw unusable('MODEL_MISMATCH', `${path} is not the network its contract names: sha256 ${found}, expected ${sha256}`);
  }
  return { path, bytes };
}

/** Throws GlimpseError `precondition` unless the network's one input is the contract's. */
export function checkInput(path: string, { input }: NetworkFile, found: readonly string[]): void {
  if (found.length === 1 && found[0] === input.name) return;
  throw unusable('MODEL_MISMATCH', `${path} takes ${found.join(', ') || 'nothing'}; its contract says ${input.name}`);
}

export function unusable(reason: string, message: string, cause?: unknown): GlimpseError {
  return new GlimpseError('precondition', message, { reason, cure: 'restore the network and its contract from the same release' }, cause);
}

export function runtimeUnusable(runtime: string, cause: unknown): GlimpseError {
  const message = `the runtime ${runtime} does not work here: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new GlimpseError('unavailable', message, { reason: 'RUNTIME_UNUSABLE', cure: 'glimpse doctor says which runtimes do' }, cause);
}
