import assert from 'node:assert/strict';
import type { GlimpseClient } from '../../src/client/index.js';
import type { Principal } from '../../src/server/roles.js';
import { Camera } from '../support/identify.js';
import { refused } from '../support/refused.js';
import { type FakeServer, startFake } from '../support/server.js';

const picture = (name: string) => ({ image: { encoded: Buffer.from(name) } });
const scoped = (role: Principal['role']): Principal => ({ id: role, role, name: role, collections: ['staff'] });
const TOKENS = { all: { id: 'all', role: 'admin', name: 'all' }, some: scoped('admin'), few: scoped('identify') } as const;

describe('collections on the wire', () => {
  let fake: FakeServer;
  let all: GlimpseClient;
  let some: GlimpseClient;
  let guest: string;
  beforeEach(async () => {
    fake = await startFake({ config: { requireTokens: true }, tokens: TOKENS, client: { token: 'all' } });
    [all, some] = [fake.client, fake.connect({ token: 'some' })];
    await all.enroll({ collection: 'staff', name: 'Alice', images: [picture('alice')] });
    guest = (await all.enroll({ collection: 'guests', name: 'Bob', images: [picture('bob')] })).identity?.id ?? '';
  });
  afterEach(() => fake.stop());

  it('are searched together by a call and by a stream, and a match says whose it is; the audit is told by collection', async () => {
    const { faces } = await all.search({ ...picture('bob'), collections: ['staff', 'guests', 'staff'], topK: 1 });
    assert.deepEqual(faces[0]?.matches.map(({ name, collection }) => [name, collection]), [['Bob', 'guests']]);
    const camera = new Camera(fake.stubs).configure({ collections: ['staff', 'guests'], topK: 1 }).frames('alice', 'bob');
    await camera.finish();
    assert.deepEqual(camera.answers.map(({ result }) => result?.faces[0]?.matches[0]?.collection), ['staff', 'guests']);
    assert.deepEqual(fake.gallery.notes.map(({ call, collection }) => [call, collection]), [['Search', 'guests'], ['Identify', 'staff'], ['Identify', 'guests']]);
  });

  it('take evidence from the collection of the match, and its token names it', async () => {
    const { faces } = await all.search({ ...picture('bob'), collections: ['staff', 'guests'], wantEvidence: true });
    const evidence = faces[0]?.evidence;
    assert.equal(evidence?.matched?.identityId, guest);
    assert.equal((await all.confirm({ matchToken: evidence.matchToken })).identity?.collection, 'guests');
    await refused(some.confirm({ matchToken: evidence.matchToken }), 'PERMISSION_DENIED', 'OTHER_COLLECTION', 'match_token');
    await refused(some.reject({ matchToken: evidence.matchToken }), 'PERMISSION_DENIED', 'OTHER_COLLECTION', 'match_token');
  });

  it('are refused when they are named twice, or are too many', async () => {
    await refused(all.search({ ...picture('bob'), collection: 'staff', collections: ['guests'] }), 'INVALID_ARGUMENT', 'COLLECTION_TWICE', 'collections');
    await refused(all.search({ ...picture('bob'), collections: Array.from({ length: 17 }, (_, i) => `c${i}`) }), 'INVALID_ARGUMENT', 'TOO_MANY', 'collections');
    await refused(all.search({ ...picture('bob'), collections: ['a', 'B'] }), 'INVALID_ARGUMENT', 'BAD_COLLECTION', 'collections[1]');
  });

  it('of others are closed to a token that is for some, whatever the call', async () => {
    const collection = 'guests';
    const [id, faceId] = [guest, 'f'];
    const calls: Record<string, Promise<unknown>> = {
      enroll: some.enroll({ collection, name: 'C', images: [picture('c')] }), get: some.getIdentity({ collection, id }), list: some.listIdentities({ collection }),
      update: some.updateIdentity({ collection, id, name: 'X' }), delete: some.deleteIdentity({ collection, id }), erase: some.eraseIdentity({ collection, id }),
      deleteFace: some.deleteFace({ collection, faceId }), moveFace: some.moveFace({ collection, faceId, toIdentityId: id }),
      merge: some.mergeIdentities({ collection, fromId: id, toId: id }), stats: some.stats({ collection }), export: some.export({ collection }).next(),
      import: some.import({ collection }, []).next(), search: some.search({ ...picture('bob'), collection }), both: some.search({ ...picture('bob'), collections: ['staff', collection] }),
      set: some.setCollection({ name: collection }), drop: some.deleteCollection({ name: collection }), default: some.search(picture('bob')),
    };
    await Promise.allSettled(Object.values(calls)); // each is looked at below; until then none counts as unhandled
    for (const [call, answer] of Object.entries(calls)) await refused(answer, 'PERMISSION_DENIED', 'OTHER_COLLECTION').catch((error: unknown) => assert.fail(`${call}: ${String(error)}`));
    const few = fake.connect({ token: 'few' });
    assert.equal((await few.search({ ...picture('alice'), collection: 'staff' })).faces[0]?.decision?.kind, 'KNOWN');
    await refused(few.search({ ...picture('alice'), collection }), 'PERMISSION_DENIED', 'OTHER_COLLECTION');
  });

  it('are listed with their limits, those of others left out', async () => {
    const made = await some.setCollection({ name: 'staff', mostFaces: 7 });
    assert.deepEqual([made.name, made.identities, made.mostIdentities, made.mostFaces], ['staff', 1, 0, 7]);
    assert.deepEqual((await some.listCollections()).collections.map(({ name, searchable }) => [name, searchable]), [['staff', true]]);
    assert.deepEqual((await all.listCollections()).collections.map(({ name }) => name), ['guests', 'staff']);
    assert.deepEqual((await some.stats({ collection: 'staff' })).collections, ['staff']);
    await refused(fake.connect({ token: 'few' }).listCollections(), 'PERMISSION_DENIED', 'ROLE_TOO_WEAK');
  });
});
