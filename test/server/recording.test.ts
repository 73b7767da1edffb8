import assert from 'node:assert/strict';
import { fromText } from '../../src/recording/codec.js';
import { Camera } from '../support/identify.js';
import { type FakeServer, startFake } from '../support/server.js';

describe('a stream that is recorded', () => {
  let fake: FakeServer;
  afterEach(() => fake.stop());

  it('answers with a header once, and each frame that was looked at', async () => {
    fake = await startFake();
    const camera = new Camera(fake.stubs).configure({ framePolicy: 'ALL', wantRecording: true }).frames('alice', '', '!cut');
    camera.send({ frame: { sequence: 9 } });
    await camera.finish();
    const { header } = fromText(camera.answers[0]?.recording?.header.toString() ?? '') as { header: { networks: Record<string, string>; gallery: object } };
    assert.match(header.networks['embedder'] ?? '', /^[0-9a-f]{64}$/);
    assert.deepEqual(header.gallery, { collection: 'default', contents: '' });
    assert.ok(camera.answers.slice(1).every(({ recording }) => (recording?.header.length ?? 0) === 0));
    const frames = camera.answers.map(({ recording }) => recording?.frame.toString() ?? '').map((text) => (text === '' ? '' : Object.keys((fromText(text) as { frame: object }).frame).join(' ')));
    assert.deepEqual(frames, ['sequence capturedAt picture seen searches reach', 'sequence capturedAt picture seen searches', 'sequence capturedAt picture failed searches', '']);
  });

  it('is told to the audit before anything leaves', async () => {
    fake = await startFake();
    await new Camera(fake.stubs).configure({ wantRecording: true }).frames('alice').finish();
    assert.deepEqual(fake.gallery.notes, [{ call: 'Record', collection: 'default', identities: [] }]);
  });

  it('needs the role admin', async () => {
    fake = await startFake({ config: { requireTokens: true }, tokens: { t: { id: 't', role: 'enrol', name: 't' } }, client: { token: 't' } });
    const error = await new Camera(fake.stubs).configure({ wantRecording: true }).frames('alice').status();
    assert.deepEqual([error?.code, error?.reason, error?.field], ['PERMISSION_DENIED', 'ROLE_TOO_WEAK', 'config.want_recording']);
  });

  it('is of a collection that the token is for', async () => {
    const tokens = { t: { id: 't', role: 'admin', name: 't', collections: ['staff'] } } as const;
    fake = await startFake({ config: { requireTokens: true }, tokens, client: { token: 't' } });
    const error = await new Camera(fake.stubs).configure({ wantRecording: true, collection: 'guests' }).frames('alice').status();
    assert.deepEqual([error?.code, error?.reason], ['PERMISSION_DENIED', 'OTHER_COLLECTION']);
    assert.deepEqual(fake.gallery.notes, []);
    const camera = new Camera(fake.stubs).configure({ wantRecording: true, collection: 'staff' }).frames('alice');
    await camera.finish();
    assert.ok((camera.answers[0]?.recording?.header.length ?? 0) > 0);
  });

  it('carries nothing unasked', async () => {
    fake = await startFake();
    const camera = new Camera(fake.stubs).configure().frames('alice');
    await camera.finish();
    assert.equal(camera.answers[0]?.recording, null);
  });
});
