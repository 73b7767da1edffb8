import assert from 'node:assert/strict';
import type { Face } from '../../src/client/index.js';
import { embeddingFor } from '../support/fake-vision.js';
import { Camera } from '../support/identify.js';
import { type FakeServer, startFake } from '../support/server.js';

const picture = (text: string): { image: { encoded: Buffer } } => ({ image: { encoded: Buffer.from(text) } });

describe('evidence', () => {
  let fake: FakeServer;
  let aliceId: string;
  before(async () => {
    fake = await startFake();
    const { identity } = await fake.client.enroll({ name: 'Alice', images: [{ ...picture('alice'), label: 'passport.jpg' }] });
    aliceId = identity?.id ?? '';
  });
  after(() => fake.stop());

  const explained = (face: Face | undefined): void => {
    const evidence = face?.evidence;
    assert.equal(face?.crop.toString(), 'crop of alice');
    assert.equal(evidence?.heatMap.toString(), 'gaze of alice');
    const [eyes, nose] = evidence.regions;
    assert.deepEqual([eyes?.region, nose?.region], ['EYES', 'NOSE']);
    const figures = [eyes?.share, eyes?.similarity, eyes?.similarityWithout, nose?.share, nose?.similarity, nose?.similarityWithout];
    [0.25, 1, 0, 0, 0, 1].forEach((expected, i) => assert.ok(Math.abs((figures[i] ?? NaN) - expected) < 1e-6, `figure ${i}`));
    assert.ok(Math.abs(evidence.regions.reduce((sum, one) => sum + one.share, 0) - 1) < 1e-6);
    assert.deepEqual([evidence.matched?.identityId, evidence.matched?.faceId, evidence.matched?.label], [aliceId, face.matches[0]?.faceId, 'passport.jpg']);
    assert.ok(Math.abs(Date.now() / 1000 - (evidence.matched?.enrolledAt?.seconds ?? 0)) < 60);
  };

  it('comes with a search that asks for it', async () => {
    const { faces } = await fake.client.search({ ...picture('alice'), wantEvidence: true });
    explained(faces[0]);
  });

  it('comes with a stream that asks for it', async () => {
    const camera = new Camera(fake.stubs).configure({ wantEvidence: true }).frames('alice');
    await camera.finish();
    explained(camera.answers[0]?.result?.faces[0]);
  });

  it('does not come unasked', async () => {
    const { faces } = await fake.client.search(picture('alice'));
    assert.equal(faces[0]?.evidence, null);
    assert.equal(faces[0].crop.length, 0);
  });

  it('names no gallery face where the gallery holds nobody', async () => {
    const { faces } = await fake.client.search({ ...picture('alice'), collection: 'empty', wantEvidence: true });
    assert.equal(faces[0]?.evidence?.matched, null);
    assert.deepEqual(faces[0].evidence.regions.map(({ similarity }) => similarity), faces[0].evidence.regions.map(() => undefined));
  });

  it('of an embedding is the gallery face alone', async () => {
    const { faces } = await fake.client.search({ embedding: { values: [...embeddingFor('alice')] }, wantEvidence: true });
    assert.equal(faces[0]?.evidence?.matched?.label, 'passport.jpg');
    assert.deepEqual([faces[0].evidence.regions, faces[0].evidence.heatMap.length], [[], 0]);
  });
});
