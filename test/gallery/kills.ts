import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Gallery, Match } from '../../src/gallery/port.js';
import { cosine, Folder, linkedBeyond, seeded } from './support.js';
import { EXACT_UP_TO, facesOf } from './storm.js';

const STORM = fileURLToPath(new URL('./storm.js', import.meta.url));

/** A child that is started already and waits for the word. */
class Storm {
  readonly #child: ChildProcess;
  #output = '';

  constructor(dir: string, run: number) {
    this.#child = spawn(process.execPath, [STORM, dir, String(run)], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => { this.#output += text; });
  }

  /** Lets it rage until it has acknowledged so many and a moment more, kills it, and returns the ids it had acknowledged. */
  async rage(least: number, milliseconds: number): Promise<string[]> {
    this.#child.stdin?.write('go\n');
    while (this.#acknowledged.length < least) {
      assert.equal(this.#child.exitCode, null, 'the storm ended by itself');
      await sleep(1);
    }
    await sleep(milliseconds);
    return this.end();
  }

  get #acknowledged(): string[] {
    return this.#output.split('\n').slice(0, -1).filter((line) => line !== 'open');
  }

  async end(): Promise<string[]> {
    const closed = once(this.#child, 'close');
    assert.ok(this.#child.kill('SIGKILL'), 'the storm ended by itself');
    await closed;
    assert.equal(this.#child.signalCode, 'SIGKILL');
    return this.#acknowledged;
  }
}

/** Before a kill. */
const MOST_ACKNOWLEDGED = 16;
/** Everything is looked at after every so many kills and after the last: what was lost stays lost. After the others what is new, and a sample. */
const WHOLE_EVERY = 10;

const same = (a: Float32Array | undefined, b: Float32Array): boolean =>
  a !== undefined && Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));

/** Every identity that is there is whole, bit for bit. Returns how many of the acknowledged are not there. */
async function checkStore(gallery: Gallery, acknowledged: ReadonlySet<string>): Promise<number> {
  const found = new Set<string>();
  let faces = 0;
  for await (const record of gallery.export('default')) {
    const expected = facesOf(record.id);
    assert.deepEqual(record.faces.map(({ id }) => id), expected.map(({ id }) => id));
    for (const [i, { id, embedding }] of expected.entries()) assert.ok(same(record.faces[i]?.embedding, embedding), `face ${id} is damaged`);
    assert.deepEqual([record.externalId, record.tags], [`e ${record.id}`, ['storm']]);
    found.add(record.id);
    faces += expected.length;
  }
  const stats = await gallery.stats('default');
  assert.deepEqual([stats.identities, stats.faces, stats.indexFaces], [found.size, faces, faces]);
  return [...acknowledged].filter((id) => !found.has(id)).length;
}

/** How many of these are not there. */
async function countLost(gallery: Gallery, ids: readonly string[]): Promise<number> {
  const stats = await gallery.stats('default');
  assert.equal(stats.indexFaces, stats.faces);
  const found = await Promise.allSettled(ids.map((id) => gallery.get('default', { id })));
  return found.filter(({ status }) => status === 'rejected').length;
}

/** How many faces are not found by their own vectors: by ghosts, which answer for what is not so, and by others, which the graph took for nearer than it found. */
async function countGhosts(gallery: Gallery, ids: readonly string[]): Promise<{ ghosts: number; missed: number }> {
  const faces = ids.flatMap((id) => facesOf(id).map((face) => ({ ...face, identity: id })));
  const answers = await gallery.search('default', faces.map(({ embedding }) => embedding), 1);
  for (const id of ids) {
    assert.deepEqual((await gallery.get('default', { id })).faces.map((face) => face.id), facesOf(id).map((face) => face.id));
    assert.equal((await gallery.replay('default', { id: `request ${id}`, digest: id }))?.replayed, 'kept');
  }
  const others = faces.flatMap(({ id, embedding }, i) => (answers[i]?.[0]?.faceId === id ? [] : [{ embedding, match: answers[i]?.[0] }]));
  const truthful = await Promise.all(others.map(({ embedding, match }) => isTruthful(gallery, embedding, match)));
  return { ghosts: truthful.filter((is) => !is).length, missed: truthful.filter((is) => is).length };
}

/** Whether a match is of somebody who is there, with a face of theirs, as alike as it says. */
async function isTruthful(gallery: Gallery, probe: Float32Array, match: Match | undefined): Promise<boolean> {
  if (match === undefined) return false;
  const identity = await gallery.get('default', { id: match.identityId });
  const vector = facesOf(identity.id).find(({ id }) => id === match.faceId)?.embedding;
  return vector !== undefined && Math.abs(cosine(vector, probe) - match.similarity) < 1e-5;
}

/** Counts what must not be; anything else that is wrong throws. A ghost answers for a face that is another's, or nobody's. */
export async function survive(kills: number, seed: number, note: (done: number) => void = () => undefined): Promise<{ runs: number; lostAcks: number; ghosts: number; missed: number; acknowledged: number; warnings: string[] }> {
  const random = seeded(seed);
  const folder = new Folder();
  const acknowledged = new Set<string>();
  let [lostAcks, ghosts, missed] = [0, 0, 0];
  let next = new Storm(folder.dir, 0);
  try {
    for (let kill = 0; kill < kills; kill++) {
      // One in five dies while it opens the gallery; the others by what they did, so that a slow machine kills in the same places.
      const fresh = await (random() < 0.2 ? next.rage(0, random() * 60) : next.rage(Math.floor(random() * MOST_ACKNOWLEDGED), random() * 5));
      next = new Storm(folder.dir, kill + 1);
      for (const id of fresh) acknowledged.add(id);
      const all = [...acknowledged];
      const sample = Array.from({ length: Math.min(20, all.length) }, () => all[Math.floor(random() * all.length)] ?? '');
      const gallery = await folder.open({ tiers: linkedBeyond(EXACT_UP_TO) });
      const last = kill === kills - 1;
      lostAcks += await (last || kill % WHOLE_EVERY === 0 ? checkStore(gallery, acknowledged) : countLost(gallery, fresh));
      const wrong = await countGhosts(gallery, last ? all : [...new Set([...fresh.slice(-60), ...sample])]);
      ghosts += wrong.ghosts;
      missed += wrong.missed;
      await gallery.close();
      note(kill + 1);
    }
  } finally {
    await next.end();
    await folder.remove();
  }
  return { runs: kills, lostAcks, ghosts, missed, acknowledged: acknowledged.size, warnings: folder.warnings };
}
