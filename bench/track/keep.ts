import { existsSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { fromText, toText } from '../../src/recording/codec.js';
import type { Watched } from './watch.js';

/** What vision saw of a clip, from the folder if it is there, else from `watch`, and then into the folder. */
export async function kept(folder: string | undefined, name: string, watch: () => Promise<Watched[]>): Promise<Watched[]> {
  if (folder === undefined) return watch();
  const path = join(folder, `${name}.ndjson`);
  if (existsSync(path)) return read(path);
  const watched = await watch();
  await mkdir(folder, { recursive: true });
  const file = await open(path, 'w');
  for (const frame of watched) await file.write(`${toText(frame)}\n`);
  await file.close();
  return watched;
}

async function read(path: string): Promise<Watched[]> {
  const file = await open(path);
  const watched: Watched[] = [];
  for await (const line of file.readLines()) watched.push(fromText(line) as Watched);
  return watched;
}
