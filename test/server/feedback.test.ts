import assert from 'node:assert/strict';
import { embeddingFor } from '../support/fake-vision.js';
import { Camera } from '../support/identify.js';
import { refused } from '../support/refused.js';
import { type FakeServer, startFake } from '../support/server.js';

const picture = (text: string): { image: { encoded: Buffer } } => ({ image: { encoded: Buffer.from(text) } });

describe('feedback', () => {
  let fake: FakeServer;
  let aliceId: string;
  beforeEach(async () => {
    const role = (name: 'identify' | 'enrol') => ({ id: name, role: name, name });
    fake = await startFake({ config: { requireTokens: true }, tokens: { looker: role('identify'), keeper: role('enrol') }, client: { token: 'keeper' } });
    const { identity } = await fake.client.enroll({ name: 'Alice', images: [picture('alice')] });
    aliceId = identity?.id ?? '';
  });
  afterEach(() => fake.stop());

  const tokenOf = async (text = 'alice'): Promise<Buffer> => {
    const { faces } = await fake.client.search({ ...picture(text), wantEvidence: true });
    return faces[0]?.evidence?.matchToken ?? Buffer.alloc(0);
  };

  it('rejects the match that a search answered', async () => {
    const { identity, rejections, expiresAt } = await fake.client.reject({ matchToken: await tokenOf() });
    assert.deepEqual([identity?.name, rejections, expiresAt?.seconds], ['Alice', 1, 86_400]);
    assert.deepEqual(fake.gallery.rejected.map(({ identityId }) => identityId), [aliceId]);
    assert.deepEqual([...(fake.gallery.rejected[0]?.probe ?? [])], [...embeddingFor('alice')]);
    assert.equal(fake.gallery.callers.at(-1)?.actor, 'token:enrol');
  });

  it('rejects the match that a stream answered', async () => {
    const camera = new Camera(fake.stubs).configure({ wantEvidence: true }).frames('alice');
    await camera.finish();
    const matchToken = camera.answers[0]?.result?.faces[0]?.evidence?.matchToken;
    assert.ok(matchToken);
    assert.equal((await fake.client.reject({ matchToken })).rejections, 1);
  });

  it('confirms, and says what that took back', async () => {
    const matchToken = await tokenOf();
    await fake.client.reject({ matchToken });
    const { identity, rejectionsDropped, faceId, notAdded } = await fake.client.confirm({ matchToken });
    assert.deepEqual([identity?.id, rejectionsDropped, faceId, notAdded], [aliceId, 1, '', null]);
    assert.equal(identity?.faces.length, 1);
  });

  it('adds the confirmed face when asked, once however often it is asked', async () => {
    const matchToken = await tokenOf();
    const first = await fake.client.confirm({ matchToken, addFace: true, label: 'gate 3' });
    assert.deepEqual(first.identity?.faces.map(({ label }) => label), ['picture 1', 'gate 3']);
    assert.equal(first.identity.faces[1]?.id, first.faceId);
    const again = await fake.client.confirm({ matchToken, addFace: true, label: 'gate 3' });
    assert.equal(again.identity?.faces.length, 2);
  });

  it('does not add a face that looks like somebody else, and tells the audit whom', async () => {
    const { identity: twin } = await fake.client.enroll({ name: 'Twin', allowLookalike: true, images: [picture('alice')] });
    const { notAdded, identity, faceId } = await fake.client.confirm({ matchToken: await tokenOf(), addFace: true });
    assert.deepEqual([notAdded?.reason, notAdded?.looksLike?.identityId, faceId, identity?.faces.length], ['LOOKS_LIKE', twin?.id, '', 1]);
    assert.deepEqual(fake.gallery.notes.at(-1), { call: 'LooksLike', collection: 'default', identities: [twin?.id] });
  });

  it('does not add a face that would not be enrolled', async () => {
    const strict = await startFake({ config: { enrollMinEyeDistance: 41 } });
    await strict.gallery.import('default', { id: 'a', name: 'Alice', externalId: '', metadata: {}, tags: [], createdAt: new Date(), faces: [{ id: 'f', label: '', quality: { score: 1, sharpness: 1, visibility: 1, eyeDistance: 99 }, embedding: embeddingFor('alice'), createdAt: new Date() }] }, 'SKIP');
    const { faces } = await strict.client.search({ ...picture('alice'), wantEvidence: true });
    const matchToken = faces[0]?.evidence?.matchToken ?? Buffer.alloc(0);
    const { notAdded } = await strict.client.confirm({ matchToken, addFace: true });
    await strict.stop();
    assert.deepEqual([notAdded?.reason, notAdded?.measured, notAdded?.limit], ['TOO_SMALL', 40, 41]);
  });

  it('cannot add what came as an embedding, but can confirm it', async () => {
    const { faces } = await fake.client.search({ embedding: { values: [...embeddingFor('alice')] }, wantEvidence: true });
    const matchToken = faces[0]?.evidence?.matchToken ?? Buffer.alloc(0);
    assert.equal((await fake.client.confirm({ matchToken })).identity?.id, aliceId);
    await refused(fake.client.confirm({ matchToken, addFace: true }), 'FAILED_PRECONDITION', 'NO_PICTURE', 'add_face');
  });

  it('is refused without a token that this server gave', async () => {
    for (const call of ['confirm', 'reject'] as const) {
      await refused(fake.client[call]({}), 'INVALID_ARGUMENT', 'MATCH_TOKEN_UNKNOWN', 'match_token');
      await refused(fake.client[call]({ matchToken: Buffer.alloc(1200, 7) }), 'INVALID_ARGUMENT', 'MATCH_TOKEN_UNKNOWN', 'match_token');
    }
    await refused(fake.client.confirm({ matchToken: await tokenOf(), label: 'x'.repeat(257) }), 'INVALID_ARGUMENT', 'TOO_LONG', 'label');
  });

  it('is refused when the identity is gone', async () => {
    const matchToken = await tokenOf();
    await fake.gallery.deleteIdentity('default', aliceId);
    for (const call of ['confirm', 'reject'] as const) await refused(fake.client[call]({ matchToken }), 'NOT_FOUND', 'IDENTITY_NOT_FOUND');
  });

  it('needs the role enrol', async () => {
    const matchToken = await tokenOf();
    const looker = fake.connect({ token: 'looker' });
    for (const call of ['confirm', 'reject'] as const) await refused(looker[call]({ matchToken }), 'PERMISSION_DENIED', 'ROLE_TOO_WEAK');
    assert.equal(fake.gallery.rejected.length, 0);
  });
});
