import assert from 'node:assert/strict';
import { Camera } from '../support/identify.js';
import { refused } from '../support/refused.js';
import { startFake } from '../support/server.js';

describe('limits', () => {
  it('refuse one Identify stream too many, and take one again when another ends', async () => {
    const fake = await startFake({ config: { maxStreams: 2 } });
    const cameras = [1, 2].map(() => new Camera(fake.stubs).configure().frames('a'));
    for (const camera of cameras) await camera.answered(1);
    const error = await new Camera(fake.stubs).configure().status();
    assert.deepEqual([error?.code, error?.reason], ['RESOURCE_EXHAUSTED', 'TOO_MANY_STREAMS']);
    await cameras[0]?.finish();
    await new Camera(fake.stubs).configure().frames('a').answered(1);
    await fake.stop();
  });

  it('refuse a message that is too large', async () => {
    const fake = await startFake({ config: { maxMessageBytes: 100_000 } });
    const search = fake.client.search({ image: { encoded: Buffer.alloc(200_000) } });
    await assert.rejects(search, { code: 'RESOURCE_EXHAUSTED', message: /larger than max \(200\d+ vs\.? 100000\)/ });
    const error = await new Camera(fake.stubs).configure().frames(Buffer.alloc(200_000)).status();
    assert.equal(error?.code, 'RESOURCE_EXHAUSTED');
    await fake.stop();
  });

  it('refuse calls that would wait in a long queue', async () => {
    const fake = await startFake();
    fake.vision.hold();
    const calls = Array.from({ length: 40 }, () => fake.client.search({ image: { encoded: Buffer.from('a') } }));
    const refusals = Promise.all(calls.slice(32).map((call) => refused(call, 'RESOURCE_EXHAUSTED', 'TOO_MANY_CALLS')));
    await refusals;
    fake.vision.letAllGo();
    await Promise.all(calls.slice(0, 32));
    await fake.stop();
  });
});
