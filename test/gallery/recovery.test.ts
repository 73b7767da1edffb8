import assert from 'node:assert/strict';
import { EmbeddedGallery } from '../../src/gallery/embedded.js';
import { IndexThread, type IndexLane, type StartIndexLane } from '../../src/gallery/index-thread.js';
import { takeLock } from '../../src/gallery/lock.js';
import { prepare } from '../../src/gallery/prepare.js';
import { indexStarter, startThreads } from '../../src/gallery/threads.js';
import { direction, face, Folder, linkedBeyond, NETWORK, person, refusal, seeded } from './support.js';

describe('gallery: an index that fails', () => {
  const random = seeded(9);
  let folder: Folder;
  beforeEach(() => { folder = new Folder(); });
  afterEach(() => folder.remove());

  /** A gallery whose index refuses the first refresh for which `fails` says so. */
  async function withBrokenIndex(fails: () => boolean): Promise<EmbeddedGallery> {
    const { dir } = folder;
    const lock = takeLock(dir);
    const log = { info: () => undefined, warn: () => undefined, error: (_: object, message: string) => void folder.warnings.push(message) };
    const options = { dir, network: NETWORK, requestMemorySeconds: 60, eventsKeptSeconds: 60, tiers: linkedBeyond(100), grouping: 'best' as const, log, ...prepare(dir, NETWORK) };
    const real = indexStarter(options);
    const broken: StartIndexLane = (again, died) => {
      const lane = real(again, died);
      const call: IndexLane['call'] = (method, argument, transfer) =>
        method === 'refresh' && fails() ? Promise.reject(new Error('out of memory')) : lane.call(method, argument, transfer);
      return { call, close: () => lane.close(), terminate: () => lane.terminate() };
    };
    const threads = await startThreads(options);
    await threads.index.close();
    return new EmbeddedGallery({ dir, threads: { ...threads, index: await IndexThread.start(broken, log) }, lock });
  }

  it('is rebuilt: not ready meanwhile, ready again, and the write counts', async () => {
    let failures = 0;
    const gallery = await withBrokenIndex(() => failures++ === 1);
    const readiness: boolean[] = [];
    let refused: Promise<void> | undefined;
    gallery.onReadiness((ready) => {
      readiness.push(ready);
      if (ready) return;
      refused = assert.rejects(gallery.search('default', [direction(random)], 1), refusal('unavailable', 'INDEX_REBUILDING'));
    });
    const vectors = [direction(random), direction(random), direction(random)];
    for (const [i, vector] of vectors.entries()) await gallery.enroll(person([face(vector)], { id: `p${i}` }));
    assert.deepEqual(readiness, [false, true]);
    assert.equal(folder.warnings.length, 1);
    await refused;
    const answers = await gallery.search('default', vectors, 1);
    assert.deepEqual(answers.map(([match]) => match?.identityId), ['p0', 'p1', 'p2']);
    await gallery.close();
  });

  it('loses nothing when many writes are under way', async () => {
    let failures = 0;
    const gallery = await withBrokenIndex(() => failures++ === 20);
    const vectors = Array.from({ length: 60 }, () => direction(random));
    await Promise.all(vectors.map((vector, i) => gallery.enroll(person([face(vector)], { id: `p${i}` }))));
    const answers = await gallery.search('default', vectors, 1);
    assert.deepEqual(answers.map(([match]) => match?.identityId), vectors.map((_, i) => `p${i}`));
    await gallery.close();
  });
});
