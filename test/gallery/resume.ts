import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Done, peopleWith, recordOf } from './importer.js';
import { Folder } from './support.js';

const IMPORTER = fileURLToPath(new URL('./importer.js', import.meta.url));
/** At this share of the faces the first import is killed. */
const KILLED_AT = 0.4;

export interface Resumed {
  readonly faces: number;
  readonly people: number;
  /** People that the killed import had brought, and the second left as they were. */
  readonly kept: number;
  /** Of the second import, until every face had its place in the graph. */
  readonly facesPerSecond: number;
  readonly coresBusy: number;
}

/** Imports so many faces, is killed on the way, imports again, and looks at everybody. Whatever is lost, doubled or changed throws. */
export async function resume(faces: number, note: (text: string) => void = () => undefined): Promise<Resumed> {
  const folder = new Folder();
  const people = peopleWith(faces);
  try {
    await run(folder.dir, people, (done) => {
      note(`${done} of ${faces} faces`);
      return done < KILLED_AT * faces;
    });
    const done = await run(folder.dir, people, (count) => {
      note(`${count} of ${faces} faces, after the kill`);
      return true;
    });
    assert.ok(done !== undefined && done.skipped > 0 && done.imported > 0, 'the second import went on');
    const all = await checkAll(folder, people);
    const brought = all * (done.imported / people);
    return { faces: all, people, kept: done.skipped, facesPerSecond: brought / done.seconds, coresBusy: done.cpuSeconds / done.seconds };
  } finally {
    await folder.remove();
  }
}

/** Kills it as soon as `goOn` says no. What it did; undefined when it was killed. */
async function run(dir: string, people: number, goOn: (faces: number) => boolean): Promise<Done | undefined> {
  const child = spawn(process.execPath, [IMPORTER, dir, String(people)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  let done: Done | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{')) done = JSON.parse(line) as Done;
    else if (!goOn(Number(line))) child.kill('SIGKILL');
  }
  await closed;
  return done;
}

/** Returns the number of faces. */
async function checkAll(folder: Folder, people: number): Promise<number> {
  const gallery = await folder.open();
  const seen = new Set<string>();
  let faces = 0;
  for await (const record of gallery.export('default')) {
    const wanted = recordOf(Number(record.id.slice('person '.length)));
    assert.deepEqual(record, wanted);
    seen.add(record.id);
    faces += record.faces.length;
  }
  const stats = await gallery.stats('default');
  assert.deepEqual([seen.size, stats.identities, stats.faces, stats.indexFaces], [people, people, faces, faces]);
  await gallery.close();
  return faces;
}
