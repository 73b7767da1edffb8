import assert from 'node:assert/strict';
import { GlimpseError } from '../../src/errors.js';
import { Lanes, type Release } from '../../src/server/lanes.js';

const never = new AbortController().signal;

describe('lanes', () => {
  /** Notes who was served, and gives the permits in hand. */
  function watch(): { order: string[]; permits: Release[]; want: (name: string, lane: { acquire(signal: AbortSignal): Promise<Release> }) => void } {
    const order: string[] = [];
    const permits: Release[] = [];
    const want = (name: string, lane: { acquire(signal: AbortSignal): Promise<Release> }): void => {
      void lane.acquire(never).then((release) => {
        order.push(name);
        permits.push(release);
      });
    };
    return { order, permits, want };
  }
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('give out no more permits than there are', async () => {
    const lane = new Lanes(2).open();
    const { order, permits, want } = watch();
    for (const name of ['a', 'b', 'c']) want(name, lane);
    await turn();
    assert.deepEqual(order, ['a', 'b']);
    permits[0]?.();
    permits[0]?.();
    await turn();
    assert.deepEqual(order, ['a', 'b', 'c']);
  });

  it('take turns, however many each wants', async () => {
    const lanes = new Lanes(1);
    const [heavy, light, other] = [lanes.open(), lanes.open(), lanes.open()];
    const { order, permits, want } = watch();
    for (let i = 0; i < 4; i++) want(`heavy${i}`, heavy);
    want('light0', light);
    want('light1', light);
    want('other0', other);
    for (let i = 0; i < 7; i++) {
      await turn();
      permits[i]?.();
    }
    await turn();
    assert.deepEqual(order, ['heavy0', 'heavy1', 'light0', 'other0', 'heavy2', 'light1', 'heavy3']);
  });

  it('forget whoever leaves while waiting', async () => {
    const lane = new Lanes(1).open();
    const { order, permits, want } = watch();
    want('first', lane);
    const leaver = new AbortController();
    const waiting = lane.acquire(leaver.signal);
    want('last', lane);
    const reason = new GlimpseError('cancelled', 'left', { reason: 'LEFT', cure: '' });
    leaver.abort(reason);
    await assert.rejects(waiting, reason);
    permits[0]?.();
    await turn();
    assert.deepEqual(order, ['first', 'last']);
  });

  it('refuse a caller who has left already', async () => {
    await assert.rejects(new Lanes(1).open().acquire(AbortSignal.abort(new Error('left'))), /left/);
  });
});
