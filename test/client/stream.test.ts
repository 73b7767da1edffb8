import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { CallError, type Frame } from '../../src/client/index.js';
import type { IdentifyRequest__Output } from '../../src/generated/glimpse/v1/IdentifyRequest.js';
import type { IdentifyResponse } from '../../src/generated/glimpse/v1/IdentifyResponse.js';
import { settled, until } from '../support/wait.js';
import { withFake } from './fake-server.js';

type Call = ServerDuplexStream<IdentifyRequest__Output, IdentifyResponse>;

/** Answers each frame with its sequence number. */
function echo(call: Call): void {
  call.on('data', ({ frame }: IdentifyRequest__Output) => {
    if (frame) call.write({ sequence: frame.sequence });
  });
  call.on('end', () => call.end());
}

function* frames(count: number, bytes = 1): Generator<Frame> {
  for (let sequence = 1; sequence <= count; sequence++) yield { sequence, image: { encoded: Buffer.alloc(bytes) } };
}

describe('a stream of frames', () => {
  it('configures first, then answers each frame in order', async () => {
    const first: unknown[] = [];
    await withFake(
      {
        Identify: (call) => {
          call.once('data', (message: IdentifyRequest__Output) => first.push(message.config?.cameraId));
          echo(call);
        },
      },
      async (client) => {
        const answered: number[] = [];
        for await (const { sequence } of client.identify({ cameraId: 'door' }, frames(300))) answered.push(sequence);
        assert.deepEqual(answered, Array.from({ length: 300 }, (_, i) => i + 1));
      },
    );
    assert.deepEqual(first, ['door']);
  });

  it('asks for no more frames while the server does not read', async () => {
    let asked = 0;
    async function* source(): AsyncGenerator<Frame> {
      for (const frame of frames(1000, 100_000)) {
        asked++;
        yield await Promise.resolve(frame);
      }
    }
    await withFake({ Identify: (call) => void call.pause() }, async (client) => {
      const stop = new AbortController();
      const answer = client.identify({}, source(), { signal: stop.signal }).next();
      await until(() => asked > 0);
      const taken = await settled(() => asked);
      assert(taken < 50, `${taken} frames of 100 KB were taken`);
      stop.abort();
      await assert.rejects(answer, { code: 'CANCELLED' });
    });
  });

  it('cancels the call when its reader leaves early', async () => {
    const cancelled: Promise<unknown>[] = [];
    await withFake(
      {
        Identify: (call) => {
          cancelled.push(once(call, 'cancelled'));
          echo(call);
        },
      },
      async (client) => {
        async function* endless(): AsyncGenerator<Frame> {
          for (let sequence = 1; ; sequence++) {
            yield { sequence };
            await sleep(1);
          }
        }
        for await (const { sequence } of client.identify({}, endless())) if (sequence === 3) break;
        await Promise.all(cancelled);
      },
    );
    assert.equal(cancelled.length, 1);
  });

  it('throws what its frames throw, and cancels the call', () =>
    withFake({ Identify: echo }, async (client) => {
      async function* broken(): AsyncGenerator<Frame> {
        yield await Promise.resolve({ sequence: 1 });
        throw new TypeError('the camera was unplugged');
      }
      const answers = client.identify({}, broken());
      const all = async (): Promise<void> => {
        for await (const { sequence } of answers) assert.equal(sequence, 1);
      };
      await assert.rejects(all(), TypeError);
    }));

  it('ends when the server ends it, though the next frame never comes', () =>
    withFake(
      {
        Identify: (call) => {
          call.once('data', () => call.emit('error', { code: 8, details: 'too many streams' }));
        },
      },
      async (client) => {
        async function* silent(): AsyncGenerator<Frame> {
          yield { sequence: 1 };
          await new Promise(() => undefined);
        }
        const error: unknown = await client.identify({}, silent()).next().catch((reason: unknown) => reason);
        assert(error instanceof CallError);
        assert.equal(error.code, 'RESOURCE_EXHAUSTED');
      },
    ));

  it('opens no call before it is read', async () => {
    let calls = 0;
    await withFake({ Identify: () => { calls++; }, Export: () => { calls++; } }, async (client) => {
      client.identify({}, frames(1));
      client.export();
      await sleep(50);
    });
    assert.equal(calls, 0);
  });
});
