import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Camera } from '../support/identify.js';
import { type FakeServer, startFake } from '../support/server.js';
import { settled, until } from '../support/wait.js';

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `p${i + 1}`);
const large = (count: number): Buffer[] => Array.from({ length: count }, () => Buffer.alloc(500_000, ' '));

describe('the policy LATEST', () => {
  let fake: FakeServer;
  beforeEach(async () => (fake = await startFake()));
  afterEach(() => fake.stop());

  it('looks at the newest frame when it has fallen behind, and answers the others as superseded, in order', async () => {
    fake.vision.hold();
    const camera = new Camera(fake.stubs).configure().frames('p1', 'p2');
    await until(() => fake.vision.working === 2);
    camera.frames('p3', 'p4', 'p5');
    await until(() => camera.flushed === 6);
    await sleep(100);
    fake.vision.letAllGo();
    await camera.finish();
    assert.deepEqual(camera.sequences, [1, 2, 3, 4, 5]);
    assert.deepEqual(camera.outcomes, ['result', 'result', 'SUPERSEDED', 'SUPERSEDED', 'result']);
    assert.deepEqual(fake.vision.started, ['p1', 'p2', 'p5']);
  });

  it('is what an unset policy means, and looks at every frame while it keeps up', async () => {
    const camera = new Camera(fake.stubs).configure();
    for (const picture of numbered(5)) {
      camera.frames(picture);
      await camera.answered(camera.answers.length + 1);
    }
    await camera.finish();
    assert.deepEqual(camera.outcomes, Array(5).fill('result'));
  });

  it('reads no further once it owes many answers to a client that reads none', async () => {
    fake.vision.hold();
    const camera = new Camera(fake.stubs, { reads: false }).configure().frames(...Array.from({ length: 4000 }, () => 'p'));
    await settled(() => camera.flushed);
    // Small frames: what fits into the flow-control window and the socket counts as sent.
    camera.frames(...large(40));
    const taken = await settled(() => camera.flushed);
    assert.ok(taken < 4020, `the server took ${taken} frames`);
    camera.call.cancel();
  });
});

describe('a live camera that vanishes while a frame waits', () => {
  it('leaves the server free for others', async () => {
    const fake = await startFake();
    try {
      fake.vision.hold();
      const camera = new Camera(fake.stubs).configure().frames('p1', 'p2');
      await until(() => fake.vision.working === 2);
      camera.frames('p3');
      await until(() => camera.flushed === 4);
      await sleep(50);
      camera.call.cancel();
      await until(() => fake.vision.aborted === 2);
      fake.vision.letAllGo();
      const { faces } = await fake.client.search({ image: { encoded: Buffer.from('alice') } });
      assert.equal(faces.length, 1);
      assert.deepEqual(fake.vision.started, ['p1', 'p2', 'alice']);
    } finally {
      await fake.stop();
    }
  });
});

describe('the policy ALL', () => {
  let fake: FakeServer;
  beforeEach(async () => (fake = await startFake({ config: { maxFrameRate: 10_000 } })));
  afterEach(() => fake.stop());

  it('looks at every frame, several at a time, and answers in order', async () => {
    fake.vision.hold();
    const camera = new Camera(fake.stubs).configure({ framePolicy: 'ALL' }).frames(...numbered(100));
    await until(() => fake.vision.working === 3);
    fake.vision.letAllGo();
    await camera.finish();
    assert.deepEqual(camera.sequences, Array.from({ length: 100 }, (_, i) => i + 1));
    assert.deepEqual(new Set(camera.outcomes), new Set(['result']));
    assert.equal(fake.vision.mostWorking, 3);
  });

  it('keeps the order when a later frame is done first', async () => {
    fake.vision.hold();
    const camera = new Camera(fake.stubs).configure({ framePolicy: 'ALL' }).frames('p1', '!p2', 'p3');
    await until(() => fake.vision.working === 3);
    fake.vision.letAllGo();
    await camera.finish();
    assert.deepEqual(camera.outcomes, ['result', 'UNDECODABLE', 'result']);
  });

  it('slows the sender while vision is busy', async () => {
    fake.vision.hold();
    const camera = new Camera(fake.stubs).configure({ framePolicy: 'ALL' }).frames(...large(40));
    const taken = await settled(() => camera.flushed);
    // Six owed, the configuration, one that waits to be read and one in the windows of the connection.
    assert.ok(taken <= 10, `the server took ${taken} frames of 500 kB`);
    fake.vision.letAllGo();
    await camera.finish();
    assert.equal(camera.answers.length, 40);
  });

  it('stops looking for a client that never reads its answers', async () => {
    const camera = new Camera(fake.stubs, { reads: false }).configure({ framePolicy: 'ALL', wantCrops: true }).frames(...Array<string>(200).fill('huge'));
    const looked = await settled(() => fake.vision.started.length);
    assert.ok(looked < 100, `${looked} frames were looked at`);
    camera.read();
    await camera.finish();
    assert.equal(camera.answers.length, 200);
  });
});

describe('the frame rate limit', () => {
  let fake: FakeServer;
  beforeEach(async () => (fake = await startFake({ config: { maxFrameRate: 4 } })));
  afterEach(() => fake.stop());

  it('answers the frames of a live camera above it as overloaded', async () => {
    const camera = new Camera(fake.stubs).configure();
    for (const picture of numbered(6)) {
      camera.frames(picture);
      await camera.answered(camera.answers.length + 1);
    }
    await camera.finish();
    assert.equal(camera.outcomes[0], 'result');
    assert.ok(camera.outcomes.includes('OVERLOADED'), camera.outcomes.join());
  });

  it('slows a recording down instead', async () => {
    const start = performance.now();
    const camera = new Camera(fake.stubs).configure({ framePolicy: 'ALL' }).frames(...numbered(4));
    await camera.finish();
    assert.deepEqual(camera.outcomes, Array(4).fill('result'));
    assert.ok(performance.now() - start > 700);
  });
});

describe('fairness', () => {
  it('lets a light stream and a single picture pass a heavy stream', async () => {
    const fake = await startFake({ config: { maxFrameRate: 10_000 } });
    try {
      fake.vision.hold();
      const heavy = new Camera(fake.stubs).configure({ framePolicy: 'ALL' }).frames(...Array<string>(6).fill('heavy'));
      await until(() => fake.vision.working === 3);
      const light = new Camera(fake.stubs).configure({ framePolicy: 'ALL' }).frames('light');
      const single = fake.client.search({ image: { encoded: Buffer.from('single') } });
      await settled(() => light.flushed);
      await sleep(100);
      for (let i = 0; i < 7; i++) {
        fake.vision.letGo(1);
        await sleep(20);
      }
      fake.vision.letAllGo();
      await Promise.all([heavy.finish(), light.finish(), single]);
      const order = fake.vision.started;
      assert.ok(order.indexOf('light') <= 5, order.join());
      assert.ok(order.indexOf('single') <= 5, order.join());
    } finally {
      await fake.stop();
    }
  });
});
