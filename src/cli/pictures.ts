import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { UsageError } from './exit.js';

const PICTURES = new Set(['.jpg', '.jpeg', '.png', '.webp']);

export const isPicture = (path: string): boolean => PICTURES.has(extname(path).toLowerCase());

export async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new UsageError(`${path} does not exist`, 'give a picture or a folder of pictures');
  return found.isDirectory();
}

/** The pictures of a folder and the folders in it, in order of name; hidden files are left out. */
export async function picturesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && isPicture(entry.name) && !basename(entry.name).startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Files as they are given, folders as the pictures in them. Throws UsageError when that leaves nothing. */
export async function expand(paths: readonly string[]): Promise<string[]> {
  const lists = await Promise.all(paths.map(async (path) => ((await isFolder(path)) ? picturesIn(path) : [path])));
  const files = lists.flat();
  if (files.length === 0) throw new UsageError(`no pictures in ${paths.join(', ')}`, 'JPEG, PNG and WebP files are read');
  return files;
}
