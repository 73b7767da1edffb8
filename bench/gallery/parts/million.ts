import { readFileSync } from 'node:fs';
import { databaseFile, graphFile, sizeOf } from '../../../src/gallery/files.js';
import { people, seeded, type Crowd } from '../faces.js';
import { measure, probesOf } from '../measure.js';
import { forEachOf, inFolder, open, recordOf, Referee, settled } from '../stand.js';
import type { Part } from '../part.js';

const KEPT = 2_000;
const PROBES = 300;

/** A gallery of a million: built, closed, opened again from its snapshot. `faces` says how many if it is not a million. */
export const million: Part = ({ faces }, note) => inFolder(async (dir) => {
  const random = seeded(3);
  const start = performance.now();
  let done = 0;
  const told: Crowd[] = [];
  function* line(): Generator<Crowd> {
    for (const one of people(faces, random)) {
      if (told.length < KEPT) told.push(one);
      done += one.faces.length;
      if (Math.floor(done / 10_000) !== Math.floor((done - one.faces.length) / 10_000)) note(`${done} faces imported`);
      yield one;
    }
  }
  let gallery = await open(dir);
  await forEachOf(line(), (one) => gallery.import('default', recordOf(one), 'SKIP'));
  await settled(gallery, (left) => note(`${left} faces wait for the graph`));
  const addsPerSecond = (faces * 1000) / (performance.now() - start);
  await gallery.close();

  const read = performance.now();
  for (const file of [graphFile(dir, 'default'), databaseFile(dir)]) if (sizeOf(file) < 2 ** 31) readFileSync(file);
  const readSeconds = (performance.now() - read) / 1000;
  const opened = performance.now();
  gallery = await open(dir);
  const openSeconds = (performance.now() - opened) / 1000;
  const rssMb = process.memoryUsage.rss() / 1e6;
  const referee = new Referee();
  for (const one of people(faces, seeded(3))) referee.add(one);
  const { recallAt1, p99OneMs } = await measure(gallery, probesOf(told, PROBES, random), referee);
  await gallery.close();
  return { million: { faces, recallAt1, p99Ms: p99OneMs, openSeconds, readSeconds, addsPerSecond, rssMb } };
});
