import assert from 'node:assert/strict';
import { GlimpseError } from '../../src/errors.js';
import { type Lane, Lanes, type Release } from '../../src/server/lanes.js';

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
    const lane = new Lanes({ permits: 2 }).open();
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
    const lanes = new Lanes({ permits: 1 });
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
    assert.deepEqual(order, ['heavy0', 'light0', 'other0', 'heavy1', 'light1', 'heavy2', 'heavy3']);
  });

  it('starve none of three light streams beside a heavy one: each has the same share of the workers’ time', async () => {
    const costs = { heavy: 700, light: 50, second: 50, third: 50 };
    const lanes = new Lanes({ permits: 1 });
    const spent = { heavy: 0, light: 0, second: 0, third: 0 };
    const all = (): number => Object.values(spent).reduce((sum, time) => sum + time, 0);
    const work = async (name: keyof typeof costs, lane: Lane): Promise<never> => {
      for (;;) {
        const release = await lane.acquire(never);
        spent[name] += costs[name];
        await turn();
        release(costs[name]);
        if (all() > 20_000) await new Promise(() => undefined);
      }
    };
    for (const name of ['heavy', 'light', 'second', 'third'] as const) {
      const lane = lanes.open();
      for (let i = 0; i < 2; i++) void work(name, lane);
    }
    while (all() <= 20_000) await turn();
    const share = 20_000 / 4;
    for (const time of Object.values(spent)) assert.ok(Math.abs(time - share) < 700, JSON.stringify(spent));
  });

  it('let nobody save up while away', async () => {
    const lanes = new Lanes({ permits: 1 });
    const [busy, late] = [lanes.open(), lanes.open()];
    const { order, permits, want } = watch();
    for (let i = 0; i < 6; i++) {
      want('busy', busy);
      await turn();
      permits[i]?.(100);
    }
    for (let i = 0; i < 4; i++) want('late', late);
    for (let i = 0; i < 4; i++) want('busy', busy);
    for (let i = 6; i < 14; i++) {
      await turn();
      permits[i]?.(100);
    }
    assert.deepEqual(order.slice(6).filter((name) => name === 'late').length, 4);
    assert.ok(order.slice(7, 10).includes('busy'), order.join());
  });

  it('keep a place free of whoever has all the workers, while others are about', async () => {
    let time = 0;
    const lanes = new Lanes({ permits: 3, workers: 2, now: () => time });
    const [heavy, light, quick] = [lanes.open(), lanes.open(), lanes.open()];
    const { order, permits, want } = watch();
    want('light', light);
    want('quick', quick);
    await turn();
    permits.splice(0).forEach((release) => release(50));
    for (let i = 0; i < 3; i++) want(`quick${i}`, quick);
    await turn();
    assert.deepEqual(order.splice(0), ['light', 'quick', 'quick0', 'quick1'], 'the place behind the workers');
    permits.splice(0).forEach((release) => release(50));
    await turn();
    permits.splice(0).forEach((release) => release(50));
    order.splice(0);

    for (let i = 0; i < 5; i++) want(`heavy${i}`, heavy);
    await turn();
    permits.splice(0).forEach((release) => release(700));
    await turn();
    assert.deepEqual(order.splice(0), ['heavy0', 'heavy1'], 'half of the workers too, by whose pictures take long');
    time = 2000;
    permits.splice(0).forEach((release) => release(700));
    await turn();
    assert.deepEqual(order, ['heavy2', 'heavy3', 'heavy4'], 'once they have gone, all places are its own');
  });

  it('are not fooled by a turn in which no picture was looked at', async () => {
    const lanes = new Lanes({ permits: 4, workers: 4, now: () => 0 });
    const [heavy, light] = [lanes.open(), lanes.open()];
    const { order, permits, want } = watch();
    want('light', light);
    for (const [name, cost] of [['long', 700], ['superseded', 0], ['failed', undefined]] as const) {
      want(name, heavy);
      await turn();
      permits.at(-1)?.(cost);
    }
    order.splice(0);
    for (let i = 0; i < 3; i++) want(`heavy${i}`, heavy);
    await turn();
    assert.deepEqual(order, ['heavy0', 'heavy1'], 'half of the workers, as after any long picture');
  });

  it('forget whoever leaves while waiting', async () => {
    const lane = new Lanes({ permits: 1 }).open();
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
    await assert.rejects(new Lanes({ permits: 1 }).open().acquire(AbortSignal.abort(new Error('left'))), /left/);
  });
});
