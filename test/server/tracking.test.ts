import assert from 'node:assert/strict';
import type { IdentifyResponse__Output as Answer } from '../../src/generated/glimpse/v1/IdentifyResponse.js';
import type { RecordedFrame } from '../../src/pipeline/record.js';
import { type ReplaySettings, startReplay } from '../../src/pipeline/replay.js';
import { fromText } from '../../src/recording/codec.js';
import { Camera } from '../support/identify.js';
import { type FakeServer, startFake } from '../support/server.js';

/** One frame's tracks, in sight, then out of it: `1 CONFIRMED Alice`. */
function told(answer: Answer | undefined): string[] {
  const { faces = [], outOfSight = [] } = answer?.result ?? {};
  return [...faces, ...outOfSight].map(({ trackId, trackState, decision, matches }) => `${trackId} ${trackState} ${decision?.kind === 'KNOWN' ? (matches[0]?.name ?? '') : (decision?.kind ?? '')}`);
}

describe('a stream whose faces are followed', () => {
  let fake: FakeServer;
  let aliceId: string;
  beforeEach(async () => {
    fake = await startFake();
    const { identity } = await fake.client.enroll({ name: 'Alice', images: [{ image: { encoded: Buffer.from('alice') } }] });
    aliceId = identity?.id ?? '';
  });
  afterEach(() => fake.stop());

  const following = (config = {}): Camera => new Camera(fake.stubs).configure({ framePolicy: 'ALL', tracking: {}, ...config });
  /** A frame that was taken so many milliseconds in. */
  const shoot = (camera: Camera, ms: number, picture: string): void =>
    camera.send({ frame: { sequence: ms, capturedAt: { seconds: 1_000_000 + Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 }, image: { encoded: Buffer.from(picture) } } });

  it('keeps a number for each person, says who is hidden and tells the end once', async () => {
    const camera = following();
    for (const [ms, picture] of [[0, 'alice bob'], [200, 'alice bob'], [400, 'alice'], [2400, 'alice bob'], [2600, ''], [8000, 'alice'], [8200, '']] as const) shoot(camera, ms, picture);
    await camera.finish();
    assert.deepEqual(camera.answers.map(told), [
      ['1 TENTATIVE Alice', '2 TENTATIVE UNKNOWN'],
      ['1 CONFIRMED Alice', '2 CONFIRMED UNKNOWN'],
      ['1 CONFIRMED Alice', '2 HIDDEN UNKNOWN'],
      ['1 CONFIRMED Alice', '2 CONFIRMED UNKNOWN'],
      ['1 HIDDEN Alice', '2 HIDDEN UNKNOWN'],
      ['3 TENTATIVE Alice', '1 ENDED Alice', '2 ENDED UNKNOWN'],
      ['3 HIDDEN Alice'],
    ]);
    assert.deepEqual(camera.answers[3]?.result?.faces.map(({ trackAgeMs }) => trackAgeMs), [2400, 2400]);
  });

  it('gives whoever steps into the place of another a number of their own', async () => {
    const camera = following();
    for (const [ms, picture] of [[0, 'alice'], [100, 'alice'], [200, 'mallory'], [300, 'mallory']] as const) shoot(camera, ms, picture);
    await camera.finish();
    assert.deepEqual(camera.answers.map((answer) => told(answer)[0]), ['1 TENTATIVE Alice', '1 CONFIRMED Alice', '2 TENTATIVE UNKNOWN', '2 CONFIRMED UNKNOWN']);
  });

  it('asks the gallery once for a face that stays, and again when the gallery has changed', async () => {
    const camera = following();
    const before = fake.gallery.searched;
    for (let i = 0; i < 20; i++) shoot(camera, 100 * i, 'alice bob');
    await camera.answered(20);
    assert.equal(fake.gallery.searched - before, 2);
    await fake.client.deleteIdentity({ id: aliceId });
    shoot(camera, 2000, 'alice');
    await camera.finish();
    assert.deepEqual(told(camera.answers[20]), ['1 CONFIRMED UNKNOWN', '2 HIDDEN UNKNOWN']);
    assert.equal(fake.gallery.searched - before, 4);
  });

  it('seals into the match token what was compared', async () => {
    const camera = following({ wantEvidence: true });
    shoot(camera, 0, 'alice');
    await camera.finish();
    const face = camera.answers[0]?.result?.faces[0];
    await fake.client.reject({ matchToken: face?.evidence?.matchToken ?? Buffer.alloc(0) });
    const [{ probe, identityId } = { probe: new Float32Array(), identityId: '' }] = fake.gallery.rejected;
    assert.equal(identityId, aliceId);
    assert.ok(Math.abs(Math.hypot(...probe) - 1) < 1e-5);
  });

  it('goes on after a frame that cannot be read', async () => {
    const camera = following();
    for (const [ms, picture] of [[0, 'alice'], [100, '!cut'], [200, 'alice']] as const) shoot(camera, ms, picture);
    await camera.finish();
    assert.deepEqual(camera.outcomes, ['result', 'UNDECODABLE', 'result']);
    assert.deepEqual(told(camera.answers[2]), ['1 CONFIRMED Alice']);
  });

  it('can be recorded and replayed', async () => {
    const camera = following({ wantRecording: true });
    for (const [ms, picture] of [[0, 'alice bob'], [100, 'bob'], [200, '!cut'], [300, 'alice bob eve'], [5000, 'eve']] as const) shoot(camera, ms, picture);
    await camera.finish();
    const { header } = fromText(camera.answers[0]?.recording?.header.toString() ?? '') as { header: { settings: ReplaySettings } };
    const replay = startReplay(header.settings, () => ({ threshold: 0.5, margin: 0, probabilities: () => undefined })).next;
    for (const { recording, result } of camera.answers) {
      const said = await replay((fromText(recording?.frame.toString() ?? '') as { frame: RecordedFrame }).frame);
      const faces = 'answer' in said ? said.answer.faces : [];
      assert.deepEqual(faces.map(({ track, decision }) => [track?.trackId, track?.state, decision.kind]), result?.faces.map(({ trackId, trackState, decision }) => [trackId, trackState, decision?.kind]) ?? []);
    }
  });

  const wrong: [string, object][] = [
    ['config.tracking.patience_seconds', { patienceSeconds: 0.1 }],
    ['config.tracking.patience_seconds', { patienceSeconds: Number.NaN }],
    ['config.tracking.confirm_after', { confirmAfter: 101 }],
    ['config.tracking.refresh_seconds', { refreshSeconds: 31 }],
  ];
  for (const [field, tracking] of wrong) {
    it(`names ${field} when it is ${String(Object.values(tracking)[0])}`, async () => {
      const error = await new Camera(fake.stubs).configure({ tracking }).status();
      assert.deepEqual([error?.code, error?.field], ['INVALID_ARGUMENT', field]);
    });
  }

  it('says nothing of tracks where faces are not followed', async () => {
    const camera = new Camera(fake.stubs).configure().frames('alice');
    await camera.finish();
    assert.deepEqual(told(camera.answers[0]), ['0 TRACK_STATE_UNSPECIFIED Alice']);
  });
});
