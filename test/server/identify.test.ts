import assert from 'node:assert/strict';
import { Camera } from '../support/identify.js';
import { type FakeServer, startFake } from '../support/server.js';
import { settled, until } from '../support/wait.js';

describe('Identify', () => {
  let fake: FakeServer;
  beforeEach(async () => (fake = await startFake()));
  afterEach(() => fake.stop());

  it('names the people of a frame and says how', async () => {
    await fake.client.enroll({ name: 'Alice', externalId: 'A-1', images: [{ image: { encoded: Buffer.from('alice') } }] });
    const camera = new Camera(fake.stubs).configure({ wantCrops: true, wantAttention: true });
    camera.send({ frame: { sequence: 7, capturedAt: { seconds: 12, nanos: 34 }, image: { encoded: Buffer.from('alice stranger') } } });
    await camera.finish();
    const [answer] = camera.answers;
    assert.equal(answer?.sequence, 7);
    assert.deepEqual(answer.capturedAt, { seconds: 12, nanos: 34 });
    const [alice, stranger] = answer.result?.faces ?? [];
    assert.equal(alice?.decision?.kind, 'KNOWN');
    assert.equal(alice.matches[0]?.name, 'Alice');
    assert.equal(alice.matches[0].externalId, 'A-1');
    assert.equal(alice.crop.toString(), 'crop of alice');
    assert.deepEqual([...(alice.attention?.values ?? [])], [1, 2]);
    assert.deepEqual(alice.importance, [0.25, 0.75]);
    assert.equal(alice.landmarks.length, 5);
    assert.equal(stranger?.decision?.kind, 'UNKNOWN');
    assert.equal(answer.timing?.detect, 3);
    assert.ok(answer.timing.queue >= 1);
  });

  it('refuses a frame before the configuration', async () => {
    const camera = new Camera(fake.stubs).frames('alice');
    const error = await camera.status();
    assert.deepEqual([error?.code, error?.reason, error?.field], ['INVALID_ARGUMENT', 'CONFIG_MISSING', 'config']);
  });

  it('answers what came before a second configuration, then refuses it', async () => {
    const camera = new Camera(fake.stubs).configure({ framePolicy: 'ALL' }).frames('a', 'b').configure();
    const error = await camera.status();
    assert.deepEqual([error?.code, error?.reason], ['INVALID_ARGUMENT', 'CONFIG_REPEATED']);
    assert.deepEqual(camera.sequences, [1, 2]);
  });

  it('refuses a message that holds nothing', async () => {
    const camera = new Camera(fake.stubs).configure();
    camera.send({});
    assert.equal((await camera.status())?.reason, 'EMPTY_MESSAGE');
  });

  it('accepts a stream that ends without a word', async () => {
    const camera = new Camera(fake.stubs);
    await camera.finish();
    assert.equal(camera.error, undefined);
  });

  const wrong: [string, object][] = [
    ['config.top_k', { topK: 101 }],
    ['config.threshold', { threshold: 1.5 }],
    ['config.threshold', { threshold: Number.NaN }],
    ['config.max_faces', { maxFaces: 1001 }],
    ['config.frame_policy', { framePolicy: 9 }],
    ['config.collection', { collection: '../etc' }],
    ['config.camera_id', { cameraId: 'x'.repeat(300) }],
  ];
  for (const [field, config] of wrong) {
    it(`names ${field} when it is ${String(Object.values(config)[0]).slice(0, 12)}`, async () => {
      const error = await new Camera(fake.stubs).configure(config).status();
      assert.deepEqual([error?.code, error?.field], ['INVALID_ARGUMENT', field]);
      assert.notEqual(error?.cure, '');
    });
  }

  it('skips a frame that cannot be read and goes on', async () => {
    const camera = new Camera(fake.stubs).configure({ framePolicy: 'ALL' }).frames('alice', '!the file ends early');
    camera.send({ frame: { sequence: 3 } });
    camera.send({ frame: { sequence: 4, image: { raw: { width: 2, height: 2 } } } });
    camera.frames('bob');
    await camera.finish();
    assert.equal(camera.error, undefined);
    assert.deepEqual(camera.outcomes, ['result', 'UNDECODABLE', 'UNDECODABLE', 'UNDECODABLE', 'result']);
    assert.match(camera.answers[1]?.skipped?.detail ?? '', /the file ends early; send another/);
    assert.match(camera.answers[3]?.skipped?.detail ?? '', /frame\.image\.raw\.format/);
  });

  it('ends the stream on a fault of its own without telling its text', async () => {
    const error = await new Camera(fake.stubs).configure().frames('?the path of a file').status();
    assert.equal(error?.code, 'INTERNAL');
    assert.doesNotMatch(error.message, /secret/);
    assert.ok(fake.log.some((line) => line.includes('a secret of the server: the path of a file')));
  });

  it('answers a frame that waited too long without looking at it', async () => {
    fake.vision.hold();
    const camera = new Camera(fake.stubs).configure({ framePolicy: 'ALL', maxQueueMs: 30 }).frames('a', 'b', 'c', 'd', 'e');
    await until(() => fake.vision.working === 3);
    await new Promise((resolve) => setTimeout(resolve, 60));
    fake.vision.letAllGo();
    await camera.finish();
    assert.deepEqual(camera.outcomes, ['result', 'result', 'result', 'DEADLINE_PASSED', 'DEADLINE_PASSED']);
    assert.deepEqual(fake.vision.started, ['a', 'b', 'c']);
  });

  it('ends with DEADLINE_EXCEEDED when the call takes too long, and lets go of its work', async () => {
    fake.vision.hold();
    const camera = new Camera(fake.stubs, { deadline: Date.now() + 200 }).configure().frames('a');
    assert.equal((await camera.status())?.code, 'DEADLINE_EXCEEDED');
    await until(() => fake.vision.working === 0);
  });

  for (const framePolicy of ['ALL', 'LATEST'] as const) {
    it(`lets go of everything when a client vanishes that sent under ${framePolicy}`, async () => {
      fake.vision.hold();
      const [busy, vanishing] = [new Camera(fake.stubs), new Camera(fake.stubs)];
      busy.configure({ framePolicy: 'ALL' }).frames('a', 'b', 'c');
      await until(() => fake.vision.working === 3);
      vanishing.configure({ framePolicy }).frames(...Array.from({ length: 50 }, () => Buffer.alloc(100_000, ' ')));
      await settled(() => vanishing.flushed);
      vanishing.call.cancel();
      await until(() => fake.log.filter((line) => line.includes('stream closed')).length === 1);
      fake.vision.letAllGo();
      await busy.frames('d').finish();
      assert.deepEqual(busy.outcomes, ['result', 'result', 'result', 'result']);
      assert.deepEqual(fake.vision.started, ['a', 'b', 'c', 'd']);
    });
  }

  it('stops the work that a client leaves behind', async () => {
    fake.vision.hold();
    const camera = new Camera(fake.stubs).configure({ framePolicy: 'ALL' }).frames('a', 'b', 'c', 'd');
    await until(() => fake.vision.working === 3);
    camera.call.cancel();
    await until(() => fake.vision.working === 0);
    assert.equal(fake.vision.aborted, 3);
  });
});
