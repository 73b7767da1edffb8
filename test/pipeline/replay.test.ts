import assert from 'node:assert/strict';
import { GlimpseError } from '../../src/errors.js';
import { identify, type ProbeSettings } from '../../src/pipeline/identify.js';
import { FrameRecorder, type RecordedFrame } from '../../src/pipeline/record.js';
import { pacer, startReplay } from '../../src/pipeline/replay.js';
import type { Yardstick } from '../../src/types.js';
import { fromText, toText } from '../../src/recording/codec.js';
import { FakeGallery } from '../support/fake-gallery.js';
import { embeddingFor, FakeVision } from '../support/fake-vision.js';

const PROBE: ProbeSettings = { collection: 'default', topK: 3, select: 'ALL', minFaceSize: 20, maxFaces: 100, wantCrops: false, wantAttention: false };
const by = (threshold: number) => (): Yardstick => ({ threshold, margin: 0, probabilities: () => undefined });
const SETTINGS = { probe: PROBE, minVisibility: 0.1, fpir: 0.001 };
const PEOPLE = ['ada', 'grace', 'stranger', 'edsger', 'barbara'];

async function gallery(): Promise<FakeGallery> {
  const known = new FakeGallery();
  for (const name of ['ada', 'grace', 'barbara']) {
    const face = { id: `${name}-1`, label: '', quality: { score: 1, sharpness: 1, visibility: 1, eyeDistance: 40 }, embedding: embeddingFor(name) };
    await known.enroll({ collection: 'default', identity: { id: name, name, externalId: '', metadata: {}, tags: [] }, faces: [face] });
  }
  return known;
}

/** Five minutes at five frames a second; every 100th frame cannot be read. */
async function fiveMinutes(): Promise<{ recording: string[]; live: string[] }> {
  const rooms = { vision: new FakeVision(), gallery: await gallery(), minVisibility: 0.1, fpir: 0.001 };
  const [recording, live]: [string[], string[]] = [[], []];
  for (let i = 0; i < 1500; i++) {
    const text = i % 100 === 99 ? '!cut short' : PEOPLE.filter((_, place) => Math.floor(i / 7) % (place + 2) === 0).join(' ');
    const recorder = new FrameRecorder(rooms);
    const at = { sequence: i + 1, capturedAt: { seconds: 1_000 + Math.floor(i / 5), nanos: (i % 5) * 200_000_000 } };
    const said = await identify(recorder.rooms, { encoded: Buffer.from(text) }, PROBE).then(
      ({ width, height, faces }) => ({ ...at, answer: { width, height, faces } }), (error: unknown) => {
        assert.ok(error instanceof GlimpseError);
        return { ...at, skipped: `${error.message}; ${error.detail.cure}` };
      });
    live.push(toText(said));
    recording.push(toText(recorder.frame(at)));
  }
  return { recording, live };
}

describe('a replay', () => {
  let recording: string[];
  let live: string[];
  before(async () => ({ recording, live } = await fiveMinutes()));

  /** With a clock of its own, which sleeping moves on. Returns what was said, and after how many milliseconds. */
  const replayed = async (speed: number): Promise<{ said: string[]; took: number }> => {
    let now = 0;
    const pace = pacer(speed, (ms) => Promise.resolve((now += ms)), () => now);
    const said: string[] = [];
    const replay = startReplay(SETTINGS, by(0.5)).next;
    for (const line of recording) {
      const frame = fromText(line) as RecordedFrame;
      await pace(frame);
      said.push(toText(await replay(frame)));
    }
    return { said, took: now };
  };

  it('of five minutes says what was said, three times over, at half, single and double speed', async () => {
    assert.ok(live.some((line) => line.includes('KNOWN')) && live.some((line) => line.includes('UNKNOWN')) && live.some((line) => line.includes('cut short')));
    for (const [speed, seconds] of [[0.5, 599.6], [1, 299.8], [2, 149.9], [Infinity, 0]] as const) {
      const { said, took } = await replayed(speed);
      assert.deepEqual(said, live);
      assert.ok(Math.abs(took - 1000 * seconds) < 1, `${took} ms at speed ${speed}`);
    }
  });

  it('keeps no pictures', () => {
    const frame = fromText(recording[0] ?? '') as RecordedFrame;
    assert.match(frame.picture, /^[0-9a-f]{64}$/);
    assert.deepEqual(Object.keys(frame.seen?.faces[0] ?? {}).sort(), ['box', 'embedding', 'importance', 'landmarks', 'quality', 'score']);
  });

  const otherwise = async (frame: RecordedFrame, settings = SETTINGS): Promise<string> =>
    startReplay(settings, by(0.5)).next(frame).then(() => 'said', (error: unknown) => (error instanceof GlimpseError ? error.detail.reason : String(error)));

  it('that would ask the gallery something else says so instead', async () => {
    const frame = fromText(recording[0] ?? '') as RecordedFrame;
    assert.equal(await otherwise(frame), 'said');
    assert.equal(await otherwise(frame, { ...SETTINGS, probe: { ...PROBE, topK: 4 } }), 'OTHER_DECISIONS');
    assert.equal(await otherwise({ ...frame, searches: [] }), 'OTHER_DECISIONS');
    frame.seen?.faces[0]?.embedding.fill(0.5);
    assert.equal(await otherwise(frame), 'OTHER_DECISIONS');
  });

  it('decides by the thresholds it is given', async () => {
    const frame = fromText(recording[0] ?? '') as RecordedFrame;
    const strict = await startReplay(SETTINGS, by(1.01)).next(frame);
    assert.ok('answer' in strict && strict.answer.faces.every(({ decision }) => decision.kind === 'UNKNOWN'));
  });
});
