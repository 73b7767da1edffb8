import assert from 'node:assert/strict';
import { yardstick } from '../../src/calibration/yardstick.js';
import type { CallError } from '../../src/client/index.js';
import type { SearchRequest } from '../../src/generated/glimpse/v1/SearchRequest.js';
import type { SearchResponse__Output } from '../../src/generated/glimpse/v1/SearchResponse.js';
import type { Calibration } from '../../src/types.js';
import { embeddingFor } from '../support/fake-vision.js';
import { Camera } from '../support/identify.js';
import { type FakeServer, startFake } from '../support/server.js';

/** A tenth more for each decade. */
const CALIBRATION: Calibration = {
  embedder: '', detector: '', prior: 0.5,
  buckets: [{
    min: 0, max: 1, people: 100, impostorPairs: 10_000, genuinePairs: 100, tail: { from: 0.2, rate: 0.02, shape: 0, scale: 0.04 },
    thresholds: [2, 3, 4, 5, 6, 7].map((k) => ({ fmr: 10 ** -k, low: 0.1 * k, point: 0.1 * k, high: 0.1 * k })), odds: [[0, -2], [0.5, 2], [1, 8]],
  }],
};

describe('the false alarms that are accepted', () => {
  let fake: FakeServer;
  beforeEach(async () => {
    fake = await startFake();
    fake.vision.scale = (asked) => yardstick(CALIBRATION, asked);
    await enrol('alice');
  });
  afterEach(() => fake.stop());

  const enrol = (name: string) => fake.client.enroll({ name, images: [{ image: { encoded: Buffer.from(name) } }], allowLookalike: true });
  const search = (more: SearchRequest = {}): Promise<SearchResponse__Output> => fake.client.search({ image: { encoded: Buffer.from('alice') }, ...more });
  const thresholdOf = ({ faces: [face] }: SearchResponse__Output): number => Number(face?.decision?.threshold.toFixed(4));

  it('set the threshold, anew as the gallery grows', async () => {
    assert.equal(thresholdOf(await search()), 0.3);
    for (let i = 0; i < 9; i++) await enrol(`person ${i}`);
    const answer = await search();
    assert.equal(thresholdOf(answer), 0.4);
    assert.equal(answer.faces[0]?.decision?.searched, 10);
  });

  it('can be stated by a search and by a stream', async () => {
    assert.equal(thresholdOf(await search({ fpir: 0.01 })), 0.2);
    const camera = new Camera(fake.stubs).configure({ fpir: 0.0001 }).frames('alice');
    await camera.finish();
    assert.equal(camera.answers[0]?.result?.faces[0]?.decision?.threshold.toFixed(4), '0.4000');
  });

  it('ask for more where many people look like the face that is searched for', async () => {
    const cohort = { means: [embeddingFor('alice')], nearest: 1, typical: 0, weight: 0.25 };
    fake.vision.scale = (asked) => yardstick({ ...CALIBRATION, cohort }, asked);
    assert.equal(thresholdOf(await search()), 0.55);
    const { faces: [face] } = await fake.client.search({ embedding: { values: [...embeddingFor('alice')].map((value) => -value) } });
    assert.equal(face?.decision?.threshold.toFixed(4), '0.0500');
    const camera = new Camera(fake.stubs).configure({ tracking: {} }).frames('alice');
    await camera.finish();
    assert.equal(camera.answers[0]?.result?.faces[0]?.decision?.threshold.toFixed(4), '0.5500');
  });

  it('yield to a threshold of the caller’s', async () => {
    assert.equal(thresholdOf(await search({ fpir: 0.01, threshold: 0.75 })), 0.75);
  });

  it('are refused by the name of the field when they are no share', async () => {
    for (const fpir of [0, -1, 0.5, Number.NaN]) await assert.rejects(search({ fpir }), (error) => (error as CallError).field === 'fpir');
    assert.equal((await new Camera(fake.stubs).configure({ fpir: 2 }).status())?.field, 'config.fpir');
  });

  it('come with what each match had to reach and how probable it is', async () => {
    await enrol('bob');
    const { faces: [face] } = await search();
    const [alice, bob] = face?.matches ?? [];
    assert.ok((alice?.probability ?? 0) > 0.99 && (bob?.probability ?? 1) < 0.01, JSON.stringify(face?.matches));
    assert.ok((alice?.similarity ?? 0) >= (alice?.threshold ?? 2) && (bob?.threshold ?? 0) > (alice?.similarity ?? 2));
    assert.equal(face?.decision?.margin?.toFixed(3), ((alice?.similarity ?? 0) - (bob?.similarity ?? 0)).toFixed(3));
  });

  it('do not name one of two who look alike, and say so, even if only one match is wanted', async () => {
    await fake.client.enroll({ name: 'twin', images: [{ image: { encoded: Buffer.from('alice') } }], allowLookalike: true });
    const { faces: [face] } = await search({ topK: 1 });
    assert.equal(face?.decision?.kind, 'UNKNOWN');
    assert.match(face.decision.reason, /look so alike/);
    assert.equal(face.matches.length, 1);
    assert.deepEqual(fake.gallery.notes.map(({ call }) => call), ['Search'], 'the answer lists people and is told to the audit');
  });

  it('serve probes that come as an embedding too', async () => {
    const { faces: [face] } = await fake.client.search({ embedding: { values: [...embeddingFor('alice')] }, fpir: 0.01 });
    assert.deepEqual([face?.decision?.kind, face?.decision?.threshold.toFixed(4)], ['KNOWN', '0.2000']);
  });
});
