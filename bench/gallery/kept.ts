import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seeded } from '../../test/gallery/support.js';
import { people, type Crowd } from './faces.js';
import { probesOf, TOP } from './measure.js';
import { forEachOf, open, recordOf, Referee, settled } from './stand.js';

const SEED = 3;

/** Faces of a gallery that is kept, the same each time. */
export const crowdOf = (faces: number): Crowd[] => [...people(faces, seeded(SEED))];

export interface Refereed {
  readonly probes: readonly Float32Array[];
  /** The best ten of each, by comparing all. */
  readonly right: readonly (readonly string[])[];
}

/** Probes of a kept gallery and who is right, kept beside it: comparing a million faces takes longer than all the rest. */
export function refereed(dir: string, { faces, count, note }: { readonly faces: number; readonly count: number; readonly note: (text: string) => void }): Refereed {
  const file = join(dir, 'right.json');
  if (!existsSync(file)) {
    note('comparing with all');
    const random = seeded(SEED);
    const crowd = [...people(faces, random)];
    const referee = new Referee();
    for (const one of crowd) referee.add(one);
    const probes = probesOf(crowd, count, random);
    writeFileSync(file, JSON.stringify({ probes: probes.map((probe) => [...probe]), right: referee.best(probes, TOP) }));
  }
  const { probes, right } = JSON.parse(readFileSync(file, 'utf8')) as { probes: number[][]; right: string[][] };
  return { probes: probes.map((probe) => Float32Array.from(probe)), right };
}

/** Builds the gallery if it is not there yet; returns how many faces a second found their place in the graph, imports included. */
export async function built(dir: string, faces: number, note: (text: string) => void): Promise<number> {
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
