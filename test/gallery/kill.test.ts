import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Gallery } from '../../src/gallery/port.js';
import { Folder, seeded } from './support.js';
import { EXACT_UP_TO, facesOf } from './storm.js';

const KILLS = 50;
const STORM = fileURLToPath(new URL('./storm.js', import.meta.url));

/** A child that is started already and waits for the word. */
class Storm {
  readonly #child: ChildProcess;
  #output = '';

  constructor(dir: string, run: number) {
    this.#child = spawn(process.execPath, [STORM, dir, String(run)], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => { this.#output += text; });
  }

  /** Lets it rage, kills it, and returns the ids it had acknowledged. */
  async rage(milliseconds: number, whileOpening: boolean): Promise<string[]> {
    this.#child.stdin?.write('go\n');
    if (!whileOpening) while (!this.#output.includes('open\n')) await sleep(2);
    await sleep(milliseconds);
    return this.end();
  }

  async end(): Promise<string[]> {
    const closed = once(this.#child, 'close');
    assert.ok(this.#child.kill('SIGKILL'), 'the storm ended by itself');
    await closed;
    assert.equal(this.#child.signalCode, 'SIGKILL');
    return this.#output.split('\n').slice(0, -1).filter((line) => line !== 'open');
  }
}

const same = (a: Float32Array | undefined, b: Float32Array): boolean =>
  a !== undefined && Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));

/** Every identity that is there is whole, bit for bit, and every acknowledged one is there. */
async function checkStore(gallery: Gallery, acknowledged: ReadonlySet<string>): Promise<void> {
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
  for (const id of acknowledged) assert.ok(found.has(id), `${id} was acknowledged and is lost`);
  const stats = await gallery.stats('default');
  assert.deepEqual([stats.identities, stats.faces, stats.indexFaces], [found.size, faces, faces]);
}

async function checkAnswers(gallery: Gallery, ids: readonly string[]): Promise<void> {
  const faces = ids.flatMap((id) => facesOf(id).map((face) => ({ ...face, identity: id })));
  const answers = await gallery.search('default', faces.map(({ embedding }) => embedding), 1);
  assert.deepEqual(answers.map(([match]) => [match?.identityId, match?.faceId]), faces.map(({ identity, id }) => [identity, id]));
  for (const id of ids) {
    assert.deepEqual((await gallery.get('default', { id })).faces.map((face) => face.id), facesOf(id).map((face) => face.id));
    assert.equal((await gallery.replay('default', { id: `request ${id}`, digest: id }))?.replayed, 'kept');
  }
}

describe('gallery: kill -9', () => {
  it(`loses nothing acknowledged and leaves nothing half-written, over ${KILLS} kills in an enrolment storm`, async function () {
    this.timeout(300_000);
    const random = seeded(10);
    const folder = new Folder();
    const acknowledged = new Set<string>();
    let next = new Storm(folder.dir, 0);
    try {
      for (let kill = 0; kill < KILLS; kill++) {
        const fresh = await next.rage(random() * 60, random() < 0.2);
        next = new Storm(folder.dir, kill + 1);
        for (const id of fresh) acknowledged.add(id);
        const all = [...acknowledged];
        const sample = Array.from({ length: Math.min(20, all.length) }, () => all[Math.floor(random() * all.length)] ?? '');
        const gallery = await folder.open({ exactUpTo: EXACT_UP_TO });
        await checkStore(gallery, acknowledged);
        await checkAnswers(gallery, kill === KILLS - 1 ? all : [...new Set([...fresh.slice(-60), ...sample])]);
        await gallery.close();
      }
    } finally {
      await next.end();
      await folder.remove();
    }
    assert.deepEqual(folder.warnings.filter((message) => !message.startsWith('the saved search graph')), []);
    assert.ok(acknowledged.size > KILLS, `only ${acknowledged.size} enrolments were acknowledged in all`);
  });
});
