import assert from 'node:assert/strict';
import type { CallError } from '../../src/client/index.js';
import type { SearchFilter } from '../../src/generated/glimpse/v1/SearchFilter.js';
import { Camera } from '../support/identify.js';
import { type FakeServer, startFake } from '../support/server.js';

describe('a filter on the wire', () => {
  let fake: FakeServer;
  beforeEach(async () => {
    fake = await startFake();
    await fake.client.enroll({ name: 'Alice', tags: ['staff'], images: [{ image: { encoded: Buffer.from('alice') } }] });
  });
  afterEach(() => fake.stop());

  const search = async (filter?: SearchFilter): Promise<string[]> => {
    const { faces } = await fake.client.search({ image: { encoded: Buffer.from('alice') }, ...(filter && { filter }) });
    return faces.flatMap(({ matches }) => matches.map(({ name }) => name));
  };
  const look = async (filter: SearchFilter): Promise<string | undefined> => {
    const camera = new Camera(fake.stubs).configure({ filter }).frames('alice');
    await camera.finish();
    return camera.answers[0]?.result?.faces[0]?.decision?.kind;
  };

  it('says whom a search may name', async () => {
    const alice = (await fake.client.listIdentities({})).identities[0]?.id ?? '';
    assert.deepEqual(await search(), ['Alice']);
    assert.deepEqual(await search({}), ['Alice']);
    assert.deepEqual(await search({ tags: ['staff', 'guest'] }), ['Alice']);
    assert.deepEqual(await search({ identityIds: [alice] }), ['Alice']);
    assert.deepEqual(await search({ tags: ['guest'] }), []);
    assert.deepEqual(await search({ tags: ['staff'], identityIds: ['somebody'] }), []);
  });

  it('says whom a stream may name', async () => {
    assert.equal(await look({ tags: ['staff'] }), 'KNOWN');
    assert.equal(await look({ tags: ['guest'] }), 'UNKNOWN');
  });

  it('is refused by the name of the field that is wrong', async () => {
    const refused = (filter: SearchFilter) => search(filter).then(() => undefined, (error: unknown) => (error as CallError).field);
    assert.equal(await refused({ identityIds: Array<string>(1_001).fill('x') }), 'filter.identity_ids');
    assert.equal(await refused({ identityIds: ['x', ''] }), 'filter.identity_ids[1]');
    assert.equal(await refused({ tags: ['a', ''] }), 'filter.tags[1]');
    const camera = new Camera(fake.stubs).configure({ filter: { tags: [''] } });
    assert.equal((await camera.status())?.field, 'config.filter.tags[0]');
  });
});
