import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Finder } from './finder.js';
import type { Needle } from './needle.js';

export interface ScannedFile {
  /** Relative to the folder, with slashes. */
  readonly name: string;
  /** Bytes that were read, and their sha256 (hex). */
  readonly size: number;
  readonly sha256: string;
}

/** A run of a needle that is still there. */
export interface Find {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
  /** Which needle, by its place in the list. */
  readonly needle: number;
}

export interface Scan {
  readonly files: readonly ScannedFile[];
  /** File by file. */
  readonly finds: readonly Find[];
}

const CHUNK_BYTES = 1 << 20;

/**
 * Reads every byte of every file below the folder, and says where the needles are. Not in a process that has the gallery open: closing a
 * file of SQLite's drops the locks that it holds there (`scan-process.ts` reads for those). A file that goes meanwhile is left out.
 */
export async function scanFolder(dir: string, needles: readonly Needle[]): Promise<Scan> {
  const finder = new Finder(needles);
  const place = new Map(needles.map((needle, i) => [needle, i]));
  const [files, finds]: [ScannedFile[], Find[]] = [[], []];
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  for (const path of entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort()) {
    const name = relative(dir, path).replaceAll('\\', '/');
    const file = await scanFile(path, finder, ({ needle, at, length }) => {
      finds.push({ file: name, offset: at, length, needle: place.get(needle) as number });
    });
    if (file !== undefined) files.push({ name, ...file });
  }
  return { files, finds };
}

/** Bytes that belong to a find, each counted once. */
export function bytesLeft(finds: readonly Find[]): number {
  const inOrder = finds.toSorted((a, b) => (a.file === b.file ? a.offset - b.offset : a.file < b.file ? -1 : 1));
  let [bytes, file, seen] = [0, '', 0];
  for (const find of inOrder) {
    const end = find.offset + find.length;
    if (find.file !== file) [file, seen] = [find.file, 0];
    bytes += Math.max(0, end - Math.max(find.offset, seen));
    seen = Math.max(seen, end);
  }
  return bytes;
}

type Report = (found: { readonly needle: Needle; readonly at: number; readonly length: number }) => void;

/** Chunk by chunk; a window keeps enough of the chunk before that a run across their border is seen, and is seen once. */
async function scanFile(path: string, finder: Finder, report: Report): Promise<Omit<ScannedFile, 'name'> | undefined> {
  const hash = createHash('sha256');
  const runs = once(report);
  let window: Buffer = Buffer.alloc(0);
  /** Where the window begins in the file, and how far its blocks were looked at. */
  let [start, done] = [0, 0];
  const look = (to: number): void => {
    for (const { needle, at, length } of finder.runs(window, done - start, to - start)) runs({ needle, at: start + at, length });
    done = Math.max(done, to);
  };
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      const keep = Math.max(0, done - start - finder.reach);
      [window, start] = [Buffer.concat([window.subarray(keep), chunk]), start + keep];
      look(Math.max(done, start + window.length - finder.reach));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  look(start + window.length);
  return { size: start + window.length, sha256: hash.digest('hex') };
}

/** Of a run that several of its blocks tell of only the first telling counts. */
function once(report: Report): Report {
  const ends = new Map<Needle, number>();
  return (found) => {
    if ((ends.get(found.needle) ?? -1) > found.at) return;
    ends.set(found.needle, found.at + found.length);
    report(found);
  };
}
