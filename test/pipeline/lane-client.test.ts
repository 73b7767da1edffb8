import assert from 'node:assert/strict';
import type { GlimpseError } from '../../src/errors.js';
import { Departures } from '../../src/pipeline/departures.js';
import { LaneClient } from '../../src/pipeline/lane-client.js';
import type { Ask, LaneReply } from '../../src/pipeline/lane-messages.js';

const PICTURE = { data: new Float32Array([1, 2, 3]), shape: [1, 3] };

describe('a worker whose networks lie elsewhere', () => {
  it('sends what it is given with its ticket, keeps its memory, and gets its own answer', async () => {
    const client = new LaneClient();
    const asks: Ask[] = [];
    client.far.on('message', (ask: Ask) => {
      asks.push(ask);
      if (asks.length < 2) return;
      const reply = ({ id, input }: Ask): LaneReply => ({ id, results: [{ data: input.data.map((value) => 10 * value), shape: input.shape }] });
      for (const late of asks.reverse()) client.far.postMessage(reply(late));
    });
    client.ticket = { picture: 7, stream: 3 };
    const network = client.network('embedder');
    const batch = { data: new Float32Array([4, 5, 6, 7, 8, 9]).subarray(0, 3), shape: [1, 3] };
    const [one, other] = await Promise.all([network.run(PICTURE, ['a']), network.run(batch, ['a'])]);
    assert.deepEqual([...(one[0]?.data ?? [])], [10, 20, 30]);
    assert.deepEqual([...(other[0]?.data ?? [])], [40, 50, 60]);
    assert.equal(PICTURE.data.length, 3);
    assert.deepEqual(asks.map(({ ticket }) => ticket), [{ picture: 7, stream: 3 }, { picture: 7, stream: 3 }]);
    await network.close();
  });

  it('tells every caller when the lane is gone, and later ones too', async () => {
    const client = new LaneClient();
    const network = client.network('detector');
    const lost = (error: GlimpseError): boolean => error.kind === 'unavailable' && error.detail.reason === 'NETWORKS_LOST';
    const waiting = assert.rejects(network.run(PICTURE, ['a']), lost);
    client.far.close();
    await waiting;
    await assert.rejects(network.run(PICTURE, ['a']), lost);
  });
});

describe('departures', () => {
  it('reach the picture that is looked at, and the one that is asked about later', () => {
    const departures = new Departures();
    const { signal, done } = departures.watch(5);
    const other = departures.watch(6);
    assert.equal(signal.aborted, false);
    departures.leave(5);
    assert.deepEqual([signal.aborted, other.signal.aborted], [true, false]);
    done();
    assert.equal(departures.watch(5).signal.aborted, true);
  });
});
