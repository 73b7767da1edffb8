import { databaseFile, graphFile, sizeOf } from '../../../src/gallery/files.js';
import type { Gallery } from '../../../src/gallery/port.js';
import { seeded } from '../../../test/gallery/support.js';
import { people } from '../faces.js';
import { built, refereed } from '../kept.js';
import { measure } from '../measure.js';
import { bytesRead } from '../read.js';
import { forEachOf, inFolder, open, recordOf, settled } from '../stand.js';
import type { Part } from '../part.js';

const LATE_SEED = 4;
const PROBES = 300;
/** Added to the full gallery, to see how fast that goes at its size; then deleted again. */
const LATE = 20_000;

/** A gallery of a million: built, closed, opened again from its snapshot. `faces` says how many if it is not a million; `dir` keeps it. */
export const million: Part = async (options, note) => {
  const figures = options.dir === undefined ? await inFolder((dir) => measured(dir, options.faces, note)) : await measured(options.dir, options.faces, note);
  return { million: figures };
};

async function measured(dir: string, faces: number, note: (text: string) => void): Promise<object> {
  const addsPerSecond = await built(dir, faces, note);
  const { probes, right } = refereed(dir, { faces, count: PROBES, note });
  note('reading the files');
  const { megabytesASecond } = await bytesRead([graphFile(dir, 'default'), databaseFile(dir)]);
  const megabytes = (sizeOf(graphFile(dir, 'default')) + sizeOf(databaseFile(dir))) / 1e6;
  const opened = performance.now();
  const gallery = await open(dir);
  const openSeconds = (performance.now() - opened) / 1000;
  const rssMb = process.memoryUsage.rss() / 1e6;
  const stats = await gallery.stats('default');
  if (stats.waiting !== 0) throw new Error(`${stats.waiting ?? '?'} faces were not in the snapshot`);
  note('searching');
  const one = await measure(gallery, probes, right, 1);
  const ten = await measure(gallery, probes, right);
  note('adding to the full gallery');
  const lateAddsPerSecond = await addedLate(gallery);
  await gallery.close();
  return {
    faces, recallAt1: one.recallAt1, p50Ms: one.p50OneMs, p99Ms: one.p99OneMs, ofTen: { recallAt1: ten.recallAt1, recallAt10: ten.recallAt10, p50Ms: ten.p50OneMs, p99Ms: ten.p99OneMs },
    openSeconds, megabytes, megabytesASecond, addsPerSecond, lateAddsPerSecond, rssMb,
  };
}

/** How many faces a second are imported and find their place in the graph of a full gallery, which is when it takes longest. */
async function addedLate(gallery: Gallery): Promise<number> {
  const late = [...people(LATE, seeded(LATE_SEED), 'late-')];
  const start = performance.now();
  await forEachOf(late, (one) => gallery.import('default', recordOf(one), 'SKIP'));
  await settled(gallery);
  const seconds = (performance.now() - start) / 1000;
  await forEachOf(late, ({ id }) => gallery.deleteIdentity('default', id));
  return LATE / seconds;
}
