import assert from 'node:assert/strict';
import type { Match } from '../../src/gallery/port.js';
import { type Moment, StreamTracks } from '../../src/pipeline/follow.js';
import type { FrameAnswer, LookingRooms, ProbeSettings } from '../../src/pipeline/identify.js';
import type { AnalyseOptions, Vision, Yardstick } from '../../src/types.js';
import { embeddingFor, FakeVision } from '../support/fake-vision.js';

const PROBE: ProbeSettings = { collection: 'default', topK: 1, select: 'ALL', minFaceSize: 20, maxFaces: 100, wantCrops: false, wantAttention: false };

/** Alice is known until `expiresAt`. */
function stage(expiresAt: number) {
  const asked: AnalyseOptions[] = [];
  const vision = new FakeVision();
  let searches = 0;
  const alice = embeddingFor('alice');
  const match = (probe: Float32Array): Match =>
    ({ identityId: 'alice', externalId: '', name: 'Alice', faceId: 'a', collection: 'default', expiresAt, similarity: probe.reduce((sum, value, i) => sum + value * (alice[i] ?? 0), 0) });
  let [now, visibility] = [0, 1];
  const yardstick = (asked: { readonly visibility: number }): Yardstick => ({ threshold: asked.visibility < 0.5 ? 1.1 : 0.5, margin: 0, probabilities: () => undefined });
  const analyse: Vision['analyse'] = async (image, options, signal) => {
    asked.push(options);
    const seen = await vision.analyse(image, options, signal);
    return { ...seen, faces: seen.faces.map((face) => ({ ...face, quality: { ...face.quality, visibility } })) };
  };
  const rooms: LookingRooms = {
    minVisibility: 0,
    fpir: 0.001,
    vision: { yardstick, analyse },
    gallery: {
      faces: () => Promise.resolve([]),
      reach: () => Promise.resolve({ identities: 1, faces: 1 }),
      search: (_, probes) => {
        searches += probes.length;
        return Promise.resolve(probes.map((probe) => (now < expiresAt ? [match(probe)] : [])));
      },
    },
  };
  const tracks = new StreamTracks({ patience: 3, confirmAfter: 2, refresh: 1 }, 100);
  const frame = (picture: string, moment: Moment, settings = PROBE): Promise<FrameAnswer> => {
    ({ now } = moment);
    return tracks.identify(rooms, { encoded: Buffer.from(picture) }, { settings, at: moment.at, turn: () => Promise.resolve(moment) });
  };
  return { frame, asked, searches: () => searches, show: (share: number) => void (visibility = share) };
}

const kinds = ({ tracked }: FrameAnswer): string[] => tracked?.tracks.map(({ decision }) => decision.kind) ?? [];

describe('following the faces of a stream', () => {
  it('names nobody whose time has passed since the gallery was asked, in sight or out of it', async () => {
    const { frame, searches } = stage(5000);
    assert.deepEqual(kinds(await frame('alice', { at: 0, now: 4800, revision: 1 })), ['KNOWN']);
    assert.deepEqual(kinds(await frame('alice', { at: 100, now: 4999, revision: 1 })), ['KNOWN']);
    assert.equal(searches(), 1);
    assert.deepEqual(kinds(await frame('', { at: 200, now: 5000, revision: 1 })), ['UNKNOWN']);
    assert.equal(searches(), 2);
  });

  it('judges anew when more of the face has been seen, though the gallery need not be asked', async () => {
    const { frame, searches, show } = stage(Infinity);
    const seen: string[] = [];
    for (const [i, share] of [0.3, 0.3, 0.8, 0.3].entries()) {
      show(share);
      seen.push(...kinds(await frame('alice', { at: 100 * i, now: 0, revision: 1 })));
    }
    assert.deepEqual(seen, ['UNKNOWN', 'UNKNOWN', 'KNOWN', 'KNOWN']);
    assert.equal(searches(), 1);
  });

  it('asks anew when the gallery was written to', async () => {
    const { frame, searches } = stage(Infinity);
    for (const revision of [1, 1, 2, 2, 2]) await frame('alice bob', { at: 0, now: 0, revision });
    assert.equal(searches(), 4);
  });

  it('has faces that are settled embedded now and then only, unless something of each is wanted', async () => {
    const { frame, asked } = stage(Infinity);
    for (let i = 0; i < 20; i++) await frame('alice', { at: 100 * i, now: 0, revision: 1 });
    assert.deepEqual(asked.map(({ settled = [] }) => settled.length), [0, 0, 0, 0, 0, 0, ...Array.from({ length: 14 }, () => 1)]);
    await frame('alice', { at: 2000, now: 0, revision: 1 }, { ...PROBE, wantCrops: true });
    assert.deepEqual(asked.at(-1)?.settled, []);
  });
});
