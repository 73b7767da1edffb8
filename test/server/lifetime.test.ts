import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { GlimpseError } from '../../src/errors.js';
import { startServer } from '../../src/server/serve.js';
import { FakeGallery } from '../support/fake-gallery.js';
import { FakeVision } from '../support/fake-vision.js';
import { healthOf, watchHealth } from '../support/health.js';
import { Camera } from '../support/identify.js';
import { refused } from '../support/refused.js';
import { capturing, type FakeServer, fakeRooms, startFake, testConfig } from '../support/server.js';
import { until } from '../support/wait.js';

const picture = { encoded: Buffer.from('alice') };

describe('health', () => {
  let fake: FakeServer;
  beforeEach(async () => (fake = await startFake()));
  afterEach(() => fake.stop());

  it('says SERVING, for the server and for each service', async () => {
    for (const service of ['', 'glimpse.v1.Recognition', 'glimpse.v1.Gallery']) assert.equal(await healthOf(fake.server.port, service), 'SERVING');
    await assert.rejects(healthOf(fake.server.port, 'glimpse.v1.Nothing'), /NOT_FOUND/);
  });

  it('follows the readiness of the gallery', async () => {
    fake.gallery.setReady(false);
    assert.equal(await healthOf(fake.server.port), 'NOT_SERVING');
    fake.gallery.setReady(true);
    assert.equal(await healthOf(fake.server.port), 'SERVING');
  });

  it('tells those who watch that the server stops, and ends their calls', async () => {
    const watch = watchHealth(fake.server.port);
    await until(() => watch.seen.length === 1);
    await fake.stop();
    await until(() => watch.ended !== undefined);
    assert.deepEqual(watch.seen, ['SERVING', 'NOT_SERVING']);
    assert.equal(watch.ended, 'UNAVAILABLE');
    watch.close();
  });
});

describe('a graceful stop', () => {
  it('finishes what was accepted and takes nothing new', async () => {
    // Beside a call a stream that is new may have half of the workers: two of four.
    const fake = await startFake({ config: { workers: 4 } });
    fake.vision.hold();
    const search = fake.client.search({ image: picture });
    const camera = new Camera(fake.stubs).configure({ framePolicy: 'ALL' }).frames('a', 'b');
    await until(() => fake.vision.working === 3);
    const closed = fake.server.close();
    await sleep(50);
    assert.equal(fake.vision.working, 3);
    fake.vision.letAllGo();
    assert.equal((await search).faces.length, 1);
    const error = await camera.status();
    assert.deepEqual(camera.outcomes, ['result', 'result']);
    assert.deepEqual([error?.code, error?.reason], ['UNAVAILABLE', 'STOPPING']);
    await closed;
    assert.ok(fake.vision.closed && fake.gallery.closed);
    await fake.stop();
  });

  it('ends idle streams at once', async () => {
    const fake = await startFake();
    const camera = new Camera(fake.stubs).configure();
    await until(() => fake.log.some((line) => line.includes('stream opened')));
    const start = performance.now();
    await fake.server.close();
    assert.ok(performance.now() - start < 2000);
    assert.equal((await camera.status())?.code, 'UNAVAILABLE');
    await fake.stop();
  });

  it('cuts short what takes longer than the drain time', async () => {
    const fake = await startFake({ drainMs: 100 });
    fake.vision.hold();
    const search = fake.client.search({ image: picture });
    search.catch(() => undefined);
    await until(() => fake.vision.working === 1);
    await fake.server.close();
    await refused(search, 'UNAVAILABLE', 'STOPPING');
    assert.equal(fake.vision.working, 0);
    await fake.stop();
  });

  it('is not held up by a client that reads nothing', async () => {
    const fake = await startFake({ drainMs: 200, config: { maxFrameRate: 10_000 } });
    const camera = new Camera(fake.stubs, { reads: false }).configure({ framePolicy: 'ALL', wantCrops: true });
    camera.frames(...Array<string>(60).fill('huge'));
    await until(() => fake.vision.started.length >= 20);
    await fake.server.close();
    assert.ok(fake.vision.closed);
    await fake.stop();
  });
});

describe('a start that fails', () => {
  it('closes what it had opened, in reverse', async () => {
    const closed: string[] = [];
    const vision = new FakeVision();
    vision.close = () => Promise.resolve(void closed.push('vision'));
    const rooms = {
      ...fakeRooms(vision, new FakeGallery()),
      tokens: () => ({ verify: () => undefined, close: () => void closed.push('tokens') }),
      gallery: () => Promise.reject(new GlimpseError('precondition', 'locked', { reason: 'LOCKED', cure: 'stop the other' })),
    };
    await assert.rejects(startServer(testConfig({ requireTokens: true }), capturing([]), rooms), { message: 'locked' });
    assert.deepEqual(closed, ['vision', 'tokens']);
  });

  it('names the port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    const gallery = new FakeGallery();
    const starting = startServer(testConfig({ port }), capturing([]), fakeRooms(new FakeVision(), gallery));
    await assert.rejects(starting, (error: GlimpseError) => error.detail.reason === 'CANNOT_LISTEN' && error.message.includes(String(port)));
    assert.ok(gallery.closed);
    other.close();
  });
});
