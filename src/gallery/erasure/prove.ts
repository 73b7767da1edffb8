import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { databaseFile, indexDir } from '../files.js';
import type { Lane } from '../lane.js';
import type { ReadHandlers } from '../store/read-worker.js';
import type { WriteHandlers } from '../store/write-worker.js';
import { isSearchable, type Needle } from './needle.js';
import { type Find, type Scan, type ScannedFile } from './scan.js';
import { scanElsewhere } from './scan-elsewhere.js';

export interface Proof {
  readonly needles: readonly ProvedNeedle[];
  readonly files: readonly ScannedFile[];
  /** What is still there; none when all went well. */
  readonly left: readonly Find[];
}

export interface ProvedNeedle extends Needle {
  /** Too short a text is found by chance; it is looked for together with the rest of its row only. */
  readonly searched: boolean;
  /** It is found in what the gallery holds of others too, which proves nothing. */
  readonly heldByOthers: boolean;
}

interface House {
  readonly dir: string;
  readonly writer: Pick<Lane<WriteHandlers>, 'call'>;
  readonly reader: Pick<Lane<ReadHandlers>, 'call'>;
}

/** How long what is left is waited for, and how often it is looked for. */
const PATIENCE_MILLISECONDS = 60_000;
const PAUSE_MILLISECONDS = 250;

/**
 * Empties the write-ahead log, looks through every file, and goes on as long as something is left: saved graphs and their temporary files are
 * removed (they are made again), the database is written anew (SQLite leaves copies of cells that it moved).
 */
export async function prove(house: House, needles: readonly Needle[]): Promise<Proof> {
  const wanted = needles.filter(isSearchable);
  const end = Date.now() + PATIENCE_MILLISECONDS;
  let rewritten = false;
  for (;;) {
    const emptied = await house.writer.call('emptyLog', undefined);
    const scan = await scanElsewhere(house.dir, wanted);
    const held = await heldByOthers(house, wanted, scan);
    const left = scan.finds.filter(({ needle }) => !held.has(needle));
    if ((emptied && left.length === 0) || Date.now() > end) {
      const proved = (needle: Needle): ProvedNeedle => ({ ...needle, searched: isSearchable(needle), heldByOthers: held.has(wanted.indexOf(needle)) });
      return { needles: needles.map(proved), files: scan.files, left };
    }
    removeGraphs(house.dir, left);
    if (!rewritten && left.some(({ file }) => join(house.dir, file) === databaseFile(house.dir))) {
      await house.writer.call('rewrite', undefined);
      rewritten = true;
    }
    await sleep(PAUSE_MILLISECONDS);
  }
}

async function heldByOthers({ reader }: House, needles: readonly Needle[], { finds }: Scan): Promise<Set<number>> {
  const found = [...new Set(finds.map(({ needle }) => needle))];
  const held = await reader.call('held', found.map((place) => needles[place] as Needle));
  return new Set(found.filter((_, i) => held[i]));
}

function removeGraphs(dir: string, left: readonly Find[]): void {
  for (const path of new Set(left.map(({ file }) => join(dir, file)))) {
    if (path.startsWith(join(indexDir(dir), '/'))) rmSync(path, { force: true });
  }
}
