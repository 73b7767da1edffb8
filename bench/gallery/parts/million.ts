import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { databaseFile, graphFile, sizeOf } from '../../../src/gallery/files.js';
import { seeded } from '../../../test/gallery/support.js';
import { people, type Crowd } from '../faces.js';
import { measure, probesOf } from '../measure.js';
import { bytesRead } from '../read.js';
import { forEachOf, inFolder, open, recordOf, Referee, settled } from '../stand.js';
import type { Part } from '../part.js';

const SEED = 3;
const PROBES = 300;

/** A gallery of a million: built, closed, opened again from its snapshot. `faces` says how many if it is not a million; `dir` keeps it. */
export const million: Part = async (options, note) => {
  const figures = options.dir === undefined ? await inFolder((dir) => measured(dir, options.faces, note)) : await measured(options.dir, options.faces, note);
  return { million: figures };
};

async function measured(dir: string, faces: number, note: (text: string) => void): Promise<object> {
  const addsPerSecond = await built(dir, faces, note);
  note('reading the files');
  const { megabytesASecond } = await bytesRead([graphFile(dir, 'default'), databaseFile(dir)]);
  const megabytes = (sizeOf(graphFile(dir, 'default')) + sizeOf(databaseFile(dir))) / 1e6;
  const opened = performance.now();
  const gallery = await open(dir);
  const openSeconds = (performance.now() - opened) / 1000;
  const rssMb = process.memoryUsage.rss() / 1e6;
  const stats = await gallery.stats('default');
  if (stats.waiting !== 0) throw new Error(`${stats.waiting ?? '?'} faces were not in the snapshot`);
  note('comparing with all');
  const random = seeded(SEED);
  const crowd = [...people(faces, random)];
  const referee = new Referee();
  for (const one of crowd) referee.add(one);
  const reading = await measure(gallery, probesOf(crowd, PROBES, random), referee);
  await gallery.close();
  return { faces, ...reading, p99Ms: reading.p99OneMs, openSeconds, megabytes, megabytesASecond, addsPerSecond, rssMb };
}

/** Builds the gallery if it is not there yet; returns how many faces a second found their place in the graph, imports included. */
async function built(dir: string, faces: number, note: (text: string) => void): Promise<number> {
  const told = join(dir, 'built.json');
  if (existsSync(told)) return (JSON.parse(readFileSync(told, 'utf8')) as { addsPerSecond: number }).addsPerSecond;
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  const gallery = await open(dir);
  await forEachOf(counted(people(faces, seeded(SEED)), (done) => note(bar('imported', done, faces, seconds()))), (one) => gallery.import('default', recordOf(one), 'SKIP'));
  await settled(gallery, (left) => note(bar('in the graph', faces - left, faces, seconds())));
  const addsPerSecond = faces / seconds();
  await gallery.close();
  writeFileSync(told, JSON.stringify({ faces, addsPerSecond }));
  return addsPerSecond;
}

function* counted(crowd: Iterable<Crowd>, tell: (done: number) => void): Generator<Crowd> {
  let done = 0;
  for (const one of crowd) {
    done += one.faces.length;
    tell(done);
    yield one;
  }
}

const WIDTH = 30;
const bar = (what: string, done: number, all: number, seconds: number): string => {
  const full = Math.round((WIDTH * done) / all);
  return `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${done} of ${all} ${what}, ${Math.round(done / seconds)} a second`;
};
