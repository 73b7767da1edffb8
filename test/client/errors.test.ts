import assert from 'node:assert/strict';
import { Metadata, status } from '@grpc/grpc-js';
import { CallError, connect } from '../../src/client/index.js';
import { detailTrailers, withFake } from './fake-server.js';

const caught = async (promise: Promise<unknown>): Promise<CallError> => {
  const error = await promise.then(() => assert.fail('it succeeded'), (reason: unknown) => reason);
  assert(error instanceof CallError, String(error));
  return error;
};

describe('errors of the client', () => {
  it('carry code, message, field, reason and cure', () => {
    const detail = { field: 'images[2].image.raw.stride', reason: 'STRIDE_TOO_SMALL', cure: `send at least ${'1920'.repeat(50)} bytes` };
    const Enroll = (_: unknown, answer: (error: object) => void): void =>
      answer({ code: status.INVALID_ARGUMENT, details: 'the stride is too small', metadata: detailTrailers(detail) });
    return withFake({ Enroll }, async (client) => {
      const { code, message, field, reason, cure } = await caught(client.enroll({ name: 'Ada' }));
      assert.deepEqual({ code, message, field, reason, cure }, { code: 'INVALID_ARGUMENT', message: 'the stride is too small', ...detail });
    });
  });

  it('of a stream carry the same', () => {
    const detail = { field: 'message', reason: 'FRAME_BEFORE_CONFIG', cure: 'send config first' };
    return withFake(
      {
        Identify: (call) => {
          call.emit('error', { code: status.FAILED_PRECONDITION, details: 'frame before config', metadata: detailTrailers(detail) });
        },
      },
      async (client) => {
        const { code, reason, cure } = await caught(client.identify({}, []).next());
        assert.deepEqual({ code, reason, cure }, { code: 'FAILED_PRECONDITION', reason: detail.reason, cure: detail.cure });
      },
    );
  });

  it('survive details that cannot be read', () => {
    const metadata = new Metadata();
    metadata.set('grpc-status-details-bin', Buffer.from([26, 120, 1, 2]));
    return withFake({ Stats: (_, answer) => answer({ code: status.NOT_FOUND, details: 'gone', metadata }) }, async (client) => {
      const { code, message, reason } = await caught(client.stats());
      assert.deepEqual({ code, message, reason }, { code: 'NOT_FOUND', message: 'gone', reason: '' });
    });
  });

  it('say how to cure a server that is not there', async () => {
    const client = connect({ address: '127.0.0.1:1' });
    const { code, cure } = await caught(client.stats());
    client.close();
    assert.equal(code, 'UNAVAILABLE');
    assert.match(cure, /glimpse serve/);
  });

  it('name a deadline that passed and a call that was aborted', () =>
    withFake({ Stats: () => undefined }, async (client) => {
      assert.equal((await caught(client.stats({}, { timeoutMs: 50 }))).code, 'DEADLINE_EXCEEDED');
      const early = new AbortController();
      early.abort();
      assert.equal((await caught(client.stats({}, { signal: early.signal }))).code, 'CANCELLED');
      const late = new AbortController();
      const pending = caught(client.stats({}, { signal: late.signal }));
      late.abort();
      assert.equal((await pending).code, 'CANCELLED');
    }));
});
