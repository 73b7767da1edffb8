import assert from 'node:assert/strict';
import { GlimpseError } from '../../src/errors.js';
import { Batcher, type Clock } from '../../src/runtime/batcher.js';
import type { Network, Tensor } from '../../src/runtime/network.js';

/** Time that passes only when it is told to. */
class FakeClock implements Clock {
  private time = 0;
  private readonly alarms = new Set<{ readonly at: number; readonly then: () => void }>();

  now(): number {
    return this.time;
  }

  after(milliseconds: number, then: () => void): () => void {
    const alarm = { at: this.time + milliseconds, then };
    this.alarms.add(alarm);
    return () => this.alarms.delete(alarm);
  }

  async pass(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    for (;;) {
      await settled();
      const next = [...this.alarms].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.alarms.delete(next);
      this.time = Math.max(this.time, next.at);
      next.then();
    }
    this.time = end;
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Takes 10 ms a pass and 1 ms a row; doubles every number for `twice` and says for `shape` how many a row has. */
class FakeNetwork implements Network {
  /** First number of every row of every pass. */
  readonly passes: number[][] = [];
  readonly asked: string[][] = [];
  failNext = false;
  closed = false;

  constructor(private readonly clock: FakeClock) {}

  async run({ data, shape }: Tensor, outputs: readonly string[]): Promise<Tensor[]> {
    const [rows = 0, ...rest] = shape;
    const each = data.length / rows;
    this.passes.push(Array.from({ length: rows }, (_, i) => data[i * each] ?? NaN));
    this.asked.push([...outputs]);
    await new Promise<void>((resolve) => void this.clock.after(10 + rows, resolve));
    if (this.failNext) throw new Error('out of memory');
    const results: Record<string, Tensor> = {
      twice: { data: data.map((value) => 2 * value), shape },
      shape: { data: new Float32Array(rows).fill(rest.reduce((a, b) => a * b, 1)), shape: [rows, 1] },
    };
    return outputs.map((name) => results[name] ?? assert.fail(name));
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

const OPTIONS = { mostRows: 8, longestWait: 5, mostWaiting: 100 };

function stand(options = OPTIONS): { clock: FakeClock; network: FakeNetwork; batcher: Batcher; ask: (stream: number, ...rows: number[]) => Promise<number[]> } {
  const clock = new FakeClock();
  const network = new FakeNetwork(clock);
  const batcher = new Batcher(network, options, clock);
  const ask = async (stream: number, ...rows: number[]): Promise<number[]> => {
    const [twice] = await batcher.run(tensor(...rows), ['twice'], { stream });
    return [...(twice?.data ?? [])];
  };
  return { clock, network, batcher, ask };
}

const tensor = (...rows: number[]): Tensor => ({ data: Float32Array.from(rows.flatMap((row) => [row, row + 0.5])), shape: [rows.length, 2, 1] });
const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

describe('the batcher', () => {
  it('hands every caller the rows of its own, in its order, whichever passes they were in', async () => {
    const { clock, network, ask } = stand();
    const asked = [ask(1, ...range(100, 11)), ask(2, 7), ask(3, 20, 21)];
    await clock.pass(100);
    const [many, one, two] = await Promise.all(asked);
    assert.deepEqual(many, range(100, 11).flatMap((row) => [2 * row, 2 * row + 1]));
    assert.deepEqual([one, two], [[14, 15], [40, 41, 42, 43]]);
    assert.deepEqual(network.passes.map(({ length }) => length), [8, 6]);
  });

  it('starts at once when little is asked, and takes what came meanwhile together', async () => {
    const { clock, network, ask } = stand();
    const first = ask(1, 1);
    await clock.pass(0);
    assert.deepEqual(network.passes, [[1]]);
    const later = [ask(2, 2), ask(3, 3)];
    await clock.pass(30);
    await Promise.all([first, ...later]);
    assert.deepEqual(network.passes, [[1], [2, 3]]);
  });

  it('aims at larger passes as load rises, waits for them no longer than allowed, and comes down again', async () => {
    const { clock, network, batcher, ask } = stand();
    assert.equal(batcher.target(), 1);
    // A row every 2.5 ms is more than single passes of 11 ms can carry; passes of seven, 17 ms each, can.
    const asked: Promise<number[]>[] = [];
    for (let i = 0; i < 500; i++) {
      asked.push(ask(i % 5, i));
      await clock.pass(2.5);
    }
    assert.ok(batcher.target() >= 6, String(batcher.target()));
    const steady = network.passes.slice(-20).map(({ length }) => length);
    assert.ok(steady.every((rows) => rows >= 6), steady.join());
    await clock.pass(500);
    await Promise.all(asked);
    const passes = network.passes.length;
    const straggler = ask(1, 1);
    await clock.pass(OPTIONS.longestWait);
    assert.equal(network.passes.length, passes + 1, 'one row that nobody joins does not wait longer than it may');
    await clock.pass(5000);
    await straggler;
    assert.equal(batcher.target(), 1);
  });

  it('serves a stream with one face in the very next pass, though another has sixty waiting', async () => {
    const { clock, network, ask } = stand({ ...OPTIONS, mostWaiting: 1000 });
    const heavy = [ask(9, ...range(1000, 60))];
    await clock.pass(1);
    const waits: number[] = [];
    for (let round = 0; round < 6; round++) {
      const start = clock.now();
      const light = [1, 2, 3].map(async (stream) => {
        await ask(stream, stream);
        waits.push(clock.now() - start);
      });
      heavy.push(ask(9, ...range(2000 + 100 * round, 60)));
      await clock.pass(40);
      await Promise.all(light);
    }
    // One pass that has begun, and the one they are in: 2 × 18 ms.
    assert.ok(Math.max(...waits) <= 36, waits.join());
    assert.ok(network.passes.every(({ length }) => length === OPTIONS.mostRows), 'and no pass is left half empty for it');
    await clock.pass(2000);
    assert.deepEqual((await Promise.all(heavy)).map(({ length }) => length), Array(7).fill(120));
  });

  it('shares a pass among streams by rows, not by requests', async () => {
    const { clock, network, ask } = stand();
    const asked = [ask(0, 0), ...range(0, 20).map((i) => ask(1, 100 + i)), ask(2, 200, 201, 202, 203), ask(3, 300, 301)];
    await clock.pass(200);
    await Promise.all(asked);
    assert.deepEqual(network.passes[0]?.sort((a, b) => a - b), [0, 100, 101, 102, 200, 201, 300, 301]);
  });

  it('finishes a picture before it goes on with the stream’s next', async () => {
    const { clock, network, batcher } = stand({ ...OPTIONS, mostRows: 2 });
    const ask = (order: number, ...rows: number[]): Promise<unknown> => batcher.run(tensor(...rows), ['twice'], { stream: 1, order });
    const asked = [ask(1, 10, 11), ask(2, 20, 21, 22)];
    await clock.pass(5);
    asked.push(ask(1, 12, 13));
    await clock.pass(100);
    await Promise.all(asked);
    assert.deepEqual(network.passes, [[10, 11], [12, 13], [20, 21], [22]]);
  });

  it('skips whoever has left, also halfway through', async () => {
    const { clock, network, batcher, ask } = stand();
    const leaving = new AbortController();
    const reason = new GlimpseError('cancelled', 'left', { reason: 'CANCELLED', cure: 'none' });
    const busy = ask(1, 1);
    await clock.pass(0);
    const left = batcher.run(tensor(...range(50, 12)), ['twice'], { stream: 2, signal: leaving.signal });
    const stays = ask(3, 3);
    const refused = assert.rejects(left, reason);
    await clock.pass(15);
    assert.equal(network.passes[1]?.length, 8, 'some of its rows are being computed');
    leaving.abort(reason);
    await refused;
    assert.equal(batcher.waiting, 0);
    await clock.pass(100);
    await Promise.all([busy, stays]);
    assert.equal(network.passes.length, 2);
    await assert.rejects(batcher.run(tensor(1), ['twice'], { stream: 2, signal: leaving.signal }), reason);
  });

  it('refuses what would not fit the queue, and takes more once there is room', async () => {
    const { clock, ask } = stand({ ...OPTIONS, mostWaiting: 20 });
    const asked = [ask(1, ...range(0, 15)), ask(2, ...range(0, 5))];
    await assert.rejects(ask(3, 1), (error: GlimpseError) => error.kind === 'overloaded' && error.detail.reason === 'QUEUE_FULL');
    await clock.pass(0);
    asked.push(ask(3, 1));
    await clock.pass(100);
    assert.deepEqual((await Promise.all(asked)).map(({ length }) => length), [30, 10, 2]);
  });

  it('computes an output if any of a pass wants it, and gives each what it asked for', async () => {
    const { clock, network, batcher } = stand();
    const asked = [batcher.run(tensor(1), ['twice'], { stream: 1 }), batcher.run(tensor(2), ['shape', 'twice'], { stream: 2 })];
    await clock.pass(50);
    const [one, both] = await Promise.all(asked);
    assert.deepEqual(network.asked, [['twice', 'shape']]);
    assert.deepEqual(one?.map(({ data }) => [...data]), [[2, 3]]);
    assert.deepEqual(both?.map(({ data, shape }) => [[...data], shape]), [[[2], [1, 1]], [[4, 5], [1, 2, 1]]]);
  });

  it('never mixes pictures of different sizes, and forgets neither', async () => {
    const { clock, network, batcher, ask } = stand();
    const wide: Tensor = { data: new Float32Array([9, 9, 9]), shape: [1, 3, 1] };
    const asked = [ask(1, 1), batcher.run(wide, ['shape'], { stream: 2 }), ask(3, 3), batcher.run(wide, ['shape'], { stream: 4 })];
    await clock.pass(100);
    await Promise.all(asked);
    assert.deepEqual(network.passes, [[1, 3], [9, 9]]);
  });

  it('tells everybody in a pass that failed, and goes on', async () => {
    const { clock, network, ask } = stand();
    network.failNext = true;
    const asked = [ask(1, ...range(0, 12)), ask(2, 2)].map((promise) => assert.rejects(promise, /out of memory/));
    await clock.pass(30);
    await Promise.all(asked);
    network.failNext = false;
    const again = ask(2, 4);
    await clock.pass(30);
    assert.deepEqual(await again, [8, 9]);
    assert.equal(network.passes.length, 2, 'the rest of a request whose other rows failed is not computed');
  });

  it('closes its network', async () => {
    const { network, batcher } = stand();
    await batcher.close();
    assert.ok(network.closed);
  });
});
