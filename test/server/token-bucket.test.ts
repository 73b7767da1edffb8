import assert from 'node:assert/strict';
import { TokenBucket } from '../../src/server/token-bucket.js';

describe('the token bucket', () => {
  it('keeps to its rate in the long run and lets a quarter second through at once', () => {
    const bucket = new TokenBucket(40, 0);
    let taken = 0;
    for (let now = 0; now <= 10_000; now++) if (bucket.take(now)) taken += 1;
    assert.ok(Math.abs(taken - 410) <= 1, String(taken));
  });

  it('lets one through at the slowest rate', () => {
    const bucket = new TokenBucket(0.1, 0);
    assert.deepEqual([bucket.take(0), bucket.take(9000), bucket.take(10_001)], [true, false, true]);
  });

  it('says how long the next takes', () => {
    const bucket = new TokenBucket(4, 0);
    assert.equal(bucket.wait(0), 0);
    bucket.take(0);
    const ms = bucket.wait(100);
    assert.equal(ms, 150);
    assert.equal(bucket.wait(100 + ms), 0);
  });
});
