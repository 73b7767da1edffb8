import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Admission, type Wanted } from '../../src/gallery/index/admission.js';
import { CollectionIndex } from '../../src/gallery/index/collection-index.js';
import { ALL_COMPARED } from '../../src/gallery/index/tiers.js';
import type { Gallery, SearchFilter } from '../../src/gallery/port.js';
import { cosine, direction, face, Folder, linkedBeyond, person, seeded, skimmedBeyond } from './support.js';

const PEOPLE = 1_600;
const FACES = 3;
/** Tags by the share of the people that carry them, drawn by chance. */
const SHARES: Readonly<Record<string, number>> = { all: 1, most: 0.95, tenth: 0.1, few: 0.01, one: 1 / PEOPLE };

describe('gallery: whom a search may name', () => {
  const random = seeded(21);
  const centres = Array.from({ length: PEOPLE }, () => direction(random));
  const vectors = centres.map((centre) => Array.from({ length: FACES }, () => direction(random, centre, 0.7)));
  const tags = centres.map((_, i) => Object.keys(SHARES).filter((tag) => (tag === 'one' ? i === 77 : random() < (SHARES[tag] ?? 0))));
  const index = new CollectionIndex(linkedBeyond(500));
  const never = Infinity;

  before(() => {
    for (const [i, faces] of vectors.entries()) {
      for (const [j, vector] of faces.entries()) index.set(i * FACES + j + 1, i + 1, vector);
      index.roster.describe(i + 1, { expiresAt: never, tags: tags[i] ?? [] });
    }
    while (index.work());
  });

  /** The right answer, in the plainest words. */
  function nearest(probe: Float32Array, topK: number, may: (person: number) => boolean): number[] {
    return vectors.map((faces, i) => ({ person: i + 1, similarity: Math.max(...faces.map((vector) => cosine(vector, probe))) }))
      .filter(({ person: number }) => may(number)).sort((a, b) => b.similarity - a.similarity).slice(0, topK).map(({ person: number }) => number);
  }

  function recall(wanted: Wanted, may: (person: number) => boolean): number {
    const probes = Array.from({ length: 30 }, (_, i) => direction(random, centres[i * 50], 0.7));
    const hits = probes.map((probe) => {
      const right = nearest(probe, 5, may);
      const found = index.search(probe, 5, new Admission(index.roster, wanted)).map(({ identity }) => identity);
      assert.ok(found.every(may), 'somebody was named who should not be');
      assert.equal(found.length, right.length);
      return right.filter((number) => found.includes(number)).length / right.length;
    });
    return hits.reduce((sum, hit) => sum + hit, 0) / hits.length;
  }

  for (const tag of Object.keys(SHARES)) {
    it(`finds those with the tag "${tag}" as surely as everybody`, () => {
      assert.ok(recall({ tags: [tag], identities: undefined }, (number) => tags[number - 1]?.includes(tag) === true) >= 0.96);
    });
  }

  it('finds those with any of several tags, and of these only certain people', () => {
    const either = (number: number): boolean => ['tenth', 'few'].some((tag) => tags[number - 1]?.includes(tag));
    assert.ok(recall({ tags: ['tenth', 'few'], identities: undefined }, either) >= 0.96);
    const identities = new Set(Array.from({ length: 500 }, (_, i) => i * 5 + 1));
    assert.equal(recall({ tags: [], identities }, (number) => identities.has(number)), 1);
    assert.equal(recall({ tags: ['tenth', 'few'], identities }, (number) => identities.has(number) && either(number)), 1);
  });

  it('finds those with a tag that nobody near the probe carries', () => {
    const local = new CollectionIndex(linkedBeyond(500));
    const [here, there] = [direction(random), direction(random)];
    const cloud = (centre: Float32Array, from: number): Float32Array[] => Array.from({ length: 4_500 }, (_, i) => {
      const vector = direction(random, centre, 0.9);
      local.set(from + i, from + i, vector);
      return vector;
    });
    cloud(here, 1);
    const far = cloud(there, 10_001);
    for (let i = 0; i < far.length; i++) local.roster.describe(10_001 + i, { expiresAt: never, tags: ['far'] });
    while (local.work());
    const found = local.search(here, 3, new Admission(local.roster, { tags: ['far'], identities: undefined }));
    const right = far.map((vector, i) => [10_001 + i, cosine(vector, here)] as const).sort(([, a], [, b]) => b - a).slice(0, 3);
    assert.deepEqual(found.map(({ identity }) => identity), right.map(([identity]) => identity));
  });

  it('names nobody whose time is over, in whichever way it searches', () => {
    for (const tiers of [linkedBeyond(500), skimmedBeyond(500), ALL_COMPARED]) {
      const some = new CollectionIndex(tiers);
      vectors.slice(0, 400).forEach((faces, i) => faces.forEach((vector, j) => some.set(i * FACES + j + 1, i + 1, vector)));
      while (some.work());
      assert.equal(some.serving === undefined, tiers === ALL_COMPARED);
      some.roster.describe(1, { expiresAt: 1_000, tags: [] });
      const at = (now: number): number[] => some.search(centres[0] as Float32Array, 3, new Admission(some.roster, undefined, now)).map(({ identity }) => identity);
      assert.equal(at(999)[0], 1);
      assert.equal(at(1_000).includes(1), false);
      assert.equal(at(1_000).length, 3);
      some.roster.describe(1, { expiresAt: never, tags: [] });
      assert.equal(at(1_000)[0], 1);
    }
  });

  it('forgets the tags of people who are gone, and follows faces that move', () => {
    const small = new CollectionIndex();
    const [a, b] = [direction(random), direction(random)];
    small.set(1, 1, a);
    small.set(2, 2, b);
    small.roster.describe(1, { expiresAt: never, tags: ['x'] });
    small.roster.describe(2, { expiresAt: never, tags: ['y'] });
    const found = (tag: string): number[] => small.search(a, 5, new Admission(small.roster, { tags: [tag], identities: undefined })).map(({ label }) => label);
    assert.deepEqual([found('x'), found('y')], [[1], [2]]);
    small.set(1, 2, a);
    assert.deepEqual([found('x'), found('y')], [[], [1]]);
    small.remove(1);
    assert.deepEqual(found('y'), [2]);
    small.remove(2);
    assert.deepEqual([found('y'), small.roster.identities], [[], 0]);
  });
});

describe('gallery: a filtered search', () => {
  const random = seeded(22);
  const probe = direction(random);
  let folder: Folder;
  let gallery: Gallery;
  beforeEach(async () => {
    folder = new Folder();
    gallery = await folder.open();
    const enrol = (id: string, tags: string[]): Promise<unknown> => gallery.enroll(person([face(direction(random, probe), `face of ${id}`)], { id, tags }));
    await enrol('ada', ['staff', 'london']);
    await enrol('bob', ['staff']);
    await enrol('eve', []);
  });
  afterEach(() => folder.remove());

  const named = async (filter: Partial<SearchFilter>): Promise<string[]> => {
    const [matches = []] = await gallery.search('default', [probe], 5, { tags: [], identityIds: [], ...filter });
    return matches.map(({ identityId }) => identityId).sort();
  };

  it('names those who pass, and everybody when it asks for nothing', async () => {
    assert.deepEqual(await named({}), ['ada', 'bob', 'eve']);
    assert.deepEqual(await named({ tags: ['staff'] }), ['ada', 'bob']);
    assert.deepEqual(await named({ tags: ['london', 'paris'] }), ['ada']);
    assert.deepEqual(await named({ identityIds: ['eve', 'bob', 'nobody'] }), ['bob', 'eve']);
    assert.deepEqual(await named({ tags: ['staff'], identityIds: ['eve', 'bob'] }), ['bob']);
    assert.deepEqual(await named({ tags: ['paris'] }), []);
    assert.deepEqual(await named({ identityIds: ['nobody'] }), []);
  });

  it('counts how much it would be compared with', async () => {
    const all = await gallery.reach('default');
    const { identities, faces } = await gallery.stats('default');
    assert.deepEqual(all, { identities, faces });
    const tagged = await gallery.reach('default', { tags: ['staff'], identityIds: [] });
    assert.ok(tagged.identities > 0 && tagged.identities < identities, JSON.stringify(tagged));
    assert.deepEqual(await gallery.reach(['default', 'nobody-is-here']), all);
  });

  it('knows the tags after a restart', async () => {
    await gallery.close();
    gallery = await folder.open();
    assert.deepEqual(await named({ tags: ['staff'] }), ['ada', 'bob']);
  });

  it('follows a change of tags, a moved face and a deletion', async () => {
    await gallery.update('default', 'eve', { tags: ['staff'] });
    await gallery.update('default', 'bob', { tags: [] });
    assert.deepEqual(await named({ tags: ['staff'] }), ['ada', 'eve']);
    await gallery.moveFace('default', 'face of ada', 'bob');
    assert.deepEqual(await named({ tags: ['staff'] }), ['eve']);
    await gallery.deleteIdentity('default', 'eve');
    assert.deepEqual(await named({ tags: ['staff'] }), []);
  });

  it('names nobody from the moment they expire', async () => {
    const until = async (expiresAt: Date): Promise<unknown> =>
      gallery.update('default', 'ada', { consent: { legalBasis: '', purpose: '', reference: '', expiresAt } });
    await until(new Date(Date.now() + 400));
    assert.deepEqual(await named({}), ['ada', 'bob', 'eve']);
    await sleep(401);
    assert.deepEqual(await named({}), ['bob', 'eve']);
    assert.deepEqual(await named({ identityIds: ['ada'] }), []);
  });
});
