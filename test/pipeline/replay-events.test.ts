import assert from 'node:assert/strict';
import { StreamTracks } from '../../src/pipeline/follow.js';
import type { ProbeSettings } from '../../src/pipeline/identify.js';
import { FrameRecorder, type RecordedFrame } from '../../src/pipeline/record.js';
import { pacer, startReplay } from '../../src/pipeline/replay.js';
import { fromText, toText } from '../../src/recording/codec.js';
import { VISIT_DEFAULTS } from '../../src/track/visit.js';
import { Visits } from '../../src/track/visits.js';
import { FakeGallery } from '../support/fake-gallery.js';
import { embeddingFor, FakeVision } from '../support/fake-vision.js';

const PROBE: ProbeSettings = { collection: 'default', topK: 3, select: 'ALL', minFaceSize: 20, maxFaces: 100, wantCrops: false, wantAttention: false };
const SETTINGS = { probe: PROBE, minVisibility: 0.1, fpir: 0.001, tracking: { patience: 3, confirmAfter: 2, refresh: 1 }, visits: { ...VISIT_DEFAULTS, cooldownMs: 20_000, alike: 0.5 } };
const PEOPLE = ['ada', 'stranger', 'grace'];

/** Five minutes at two frames a second, in which people stay for seven seconds or more. */
async function fiveMinutes(): Promise<{ recording: string[]; live: string[] }> {
  const gallery = new FakeGallery();
  for (const name of ['ada', 'grace']) {
    const face = { id: `${name}-1`, label: '', quality: { score: 1, sharpness: 1, visibility: 1, eyeDistance: 40 }, embedding: embeddingFor(name) };
    await gallery.enroll({ collection: 'default', identity: { id: name, name, externalId: '', metadata: {}, tags: [] }, faces: [face] });
  }
  const rooms = { vision: new FakeVision(), gallery, minVisibility: 0.1, fpir: 0.001 };
  const [tracks, visits] = [new StreamTracks(SETTINGS.tracking, PROBE.maxFaces), new Visits(SETTINGS.visits)];
  const [recording, live]: [string[], string[]] = [[], []];
  for (let i = 0; i < 600; i++) {
    const text = PEOPLE.filter((_, place) => Math.floor(i / 14) % (place + 2) === 0).join(' ');
    const recorder = new FrameRecorder(rooms);
    const moment = { at: 1_000_000 + 500 * i, now: 5_000_000 + 500 * i, revision: 1 };
    const { width, height, tracked } = await tracks.identify(recorder.rooms, { encoded: Buffer.from(text) }, { settings: PROBE, at: moment.at, turn: () => Promise.resolve(moment) });
    if (tracked) live.push(...visits.update({ width, height, ...tracked }).map(toText));
    recording.push(toText(recorder.frame({ sequence: i + 1, capturedAt: { seconds: moment.at / 1000, nanos: 0 }, moment })));
  }
  return { recording, live: [...live, ...visits.end().map(toText)] };
}

describe('a replay of visits', () => {
  it('of five minutes gives the same events to the byte, three times over, at half and at double speed', async () => {
    const { recording, live } = await fiveMinutes();
    assert.ok(live.length > 40, `${live.length} events`);
    for (const kind of ['APPEARED', 'CONFIRMED', 'LEFT']) assert.ok(live.some((event) => event.includes(kind)));
    for (const speed of [0.5, 2, Infinity]) {
      let now = 0;
      const pace = pacer(speed, (ms) => Promise.resolve((now += ms)), () => now);
      const replay = startReplay(SETTINGS, new FakeVision().yardstick);
      const again: string[] = [];
      for (const line of recording) {
        const frame = fromText(line) as RecordedFrame;
        await pace(frame);
        const said = await replay.next(frame);
        if ('events' in said) again.push(...(said.events ?? []).map(toText));
      }
      assert.deepEqual([...again, ...(replay.end() ?? []).map(toText)], live);
    }
  });
});
