import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where a gallery keeps what, inside its data folder. */
export const databaseFile = (dir: string): string => join(dir, 'gallery.db');
export const lockFile = (dir: string): string => join(dir, 'gallery.lock');
export const indexDir = (dir: string): string => join(dir, 'index');
export const graphFile = (dir: string, collection: string): string => join(indexDir(dir), `${collection}.hnsw`);
export const stampFile = (dir: string, collection: string): string => join(indexDir(dir), `${collection}.json`);

/** Nobody but the owner may read templates of faces. */
export function makeFolder(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
}

export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Puts a finished temporary file in its place so that a crash leaves the old file or the new one, whole. */
export function putInPlace(temporary: string, final: string): void {
  syncPath(temporary);
  renameSync(temporary, final);
  syncPath(dirname(final));
}

/** What an interrupted save left behind. */
export function removeTemporaries(dir: string): void {
  for (const name of readdirSync(dir)) if (name.endsWith('.tmp')) rmSync(join(dir, name), { force: true });
}

function syncPath(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
