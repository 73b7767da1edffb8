import assert from 'node:assert/strict';
import type { Gallery, Identity } from '../../src/gallery/port.js';
import { direction, face, Folder, person, refusal, seeded } from './support.js';

describe('gallery: lists', () => {
  const random = seeded(4);
  const names = ['Zoë', 'zOËlla', 'Ada', '100%', '100x', 'under_score', 'underXscore', 'ΣΊΣΥΦΟΣ'];
  let folder: Folder;
  let gallery: Gallery;
  before(async () => {
    folder = new Folder();
    gallery = await folder.open();
    const people = Array.from({ length: 250 }, (_, i) =>
      person([face(direction(random))], { id: `id-${String(i).padStart(3, '0')}`, name: names[i] ?? `person ${i}`, tags: i % 10 === 0 ? ['tenth'] : [] }));
    await Promise.all(people.map((one) => gallery.enroll(one)));
  });
  after(() => folder.remove());

  const page = (pageSize: number, pageToken = '', { tag = '', namePrefix = '' } = {}) =>
    gallery.list('default', { pageSize, pageToken, tag, namePrefix });
  const named = async (namePrefix: string): Promise<string[]> => (await page(100, '', { namePrefix })).identities.map(({ name }) => name);

  async function all(pageSize: number, filter = {}): Promise<Identity[]> {
    const found: Identity[] = [];
    for (let token = '', more = true; more; more = token !== '') {
      const { identities, nextPageToken } = await page(pageSize, token, filter);
      assert.ok(identities.length <= pageSize);
      found.push(...identities);
      token = nextPageToken;
    }
    return found;
  }

  it('goes through everybody once, in order of id, whatever the size of the page', async () => {
    for (const size of [1, 7, 100, 125, 250, 1000]) {
      const ids = (await all(size)).map(({ id }) => id);
      assert.deepEqual(ids, Array.from({ length: 250 }, (_, i) => `id-${String(i).padStart(3, '0')}`));
    }
    assert.deepEqual((await page(1)).identities[0], await gallery.get('default', { id: 'id-000' }));
  });

  it('filters by tag and by the beginning of the name', async () => {
    assert.equal((await all(10, { tag: 'tenth' })).length, 25);
    assert.deepEqual(await named('zoë'), ['Zoë', 'zOËlla']);
    assert.deepEqual((await all(10, { tag: 'tenth', namePrefix: 'PERSON 1' })).map(({ name }) => name),
      ['person 10', ...Array.from({ length: 10 }, (_, i) => `person 1${i}0`)]);
  });

  it('takes wildcards for what they are', async () => {
    assert.deepEqual(await named('100%'), ['100%']);
    assert.deepEqual(await named('under_'), ['under_score']);
    assert.deepEqual(await named('%'), []);
    assert.deepEqual(await named('σίσυφο'), ['ΣΊΣΥΦΟΣ']);
  });

  it('is not shaken by deletions between two pages', async () => {
    const first = await page(10);
    await gallery.deleteIdentity('default', 'id-005');
    await gallery.deleteIdentity('default', 'id-009');
    assert.equal((await page(10, first.nextPageToken)).identities[0]?.id, 'id-010');
  });

  it('refuses a token that is none, or of another query', async () => {
    const { nextPageToken } = await page(10);
    await assert.rejects(page(10, 'rubbish'), refusal('invalid', 'BAD_PAGE_TOKEN'));
    await assert.rejects(page(10, nextPageToken, { tag: 'tenth' }), refusal('invalid', 'BAD_PAGE_TOKEN'));
    await assert.rejects(page(0), refusal('invalid', 'BAD_NUMBER'));
  });
});
