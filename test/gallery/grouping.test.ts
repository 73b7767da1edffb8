import assert from 'node:assert/strict';
import { CollectionIndex } from '../../src/gallery/index/collection-index.js';
import type { Gallery } from '../../src/gallery/port.js';
import type { Grouping } from '../../src/types.js';
import { cosine, direction, face, Folder, person, seeded, unit } from './support.js';

const mean = (vectors: readonly Float32Array[]): Float32Array => unit(Float32Array.from({ length: 256 }, (_, i) => vectors.reduce((sum, vector) => sum + (vector[i] ?? 0), 0)));

describe('gallery: how alike a face and a person are', () => {
  const random = seeded(31);
  const probe = direction(random);
  /** One of lucky's faces is nearest, steady's are nearer on the whole; the last of mixed's is another person's. */
  const people: Readonly<Record<string, readonly Float32Array[]>> = {
    lucky: [direction(random, probe, 0.5), direction(random, probe, 4), direction(random, probe, 4), direction(random, probe, 4)],
    steady: [0.7, 0.7, 0.8, 0.8].map((spread) => direction(random, probe, spread)),
    mixed: [...[1.2, 1.2, 1.2].map((spread) => direction(random, probe, spread)), direction(random)],
    single: [direction(random, probe, 2)],
  };
  let folder: Folder;
  beforeEach(() => { folder = new Folder(); });
  afterEach(() => folder.remove());

  const opened = async (grouping?: Grouping): Promise<Gallery> => {
    const gallery = await folder.open(grouping && { grouping });
    for (const [id, faces] of Object.entries(people)) await gallery.enroll(person(faces.map((vector, i) => face(vector, `${id}/${i}`)), { id }));
    return gallery;
  };
  const similarities: Readonly<Record<Grouping, (faces: readonly Float32Array[], id: string) => number>> = {
    best: (faces) => Math.max(...faces.map((vector) => cosine(vector, probe))),
    mean3: (faces) => {
      const nearest = faces.map((vector) => cosine(vector, probe)).sort((a, b) => b - a).slice(0, 3);
      return nearest.reduce((sum, value) => sum + value, 0) / nearest.length;
    },
    template: (faces, id) => cosine(mean(id === 'mixed' ? faces.slice(0, 3) : faces), probe),
  };

  for (const grouping of ['best', 'mean3', 'template'] as const) {
    it(`answers by ${grouping}, and names the nearest face`, async () => {
      const gallery = await opened(grouping === 'best' ? undefined : grouping);
      const [answer = []] = await gallery.search('default', [probe], 4);
      const expected = Object.entries(people).map(([id, faces]) => ({ id, similarity: similarities[grouping](faces, id) })).sort((a, b) => b.similarity - a.similarity);
      assert.deepEqual(answer.map(({ identityId }) => identityId), expected.map(({ id }) => id));
      answer.forEach(({ similarity, faceId, identityId }, i) => {
        assert.ok(Math.abs(similarity - (expected[i]?.similarity ?? NaN)) < 1e-5, identityId);
        const faces = people[identityId] ?? [];
        assert.equal(faceId, `${identityId}/${faces.map((vector) => cosine(vector, probe)).reduce((best, value, j, all) => (value > (all[best] ?? -1) ? j : best), 0)}`);
      });
      assert.equal(answer[0]?.identityId, grouping === 'best' ? 'lucky' : 'steady');
    });
  }

  it('leaves the index’s own answers as they are, by which its recall is watched', () => {
    const index = new CollectionIndex();
    people['steady']?.forEach((vector, i) => { index.set(i + 1, 1, vector); });
    assert.ok(Math.abs((index.search(probe, 1)[0]?.similarity ?? 0) - similarities.best(people['steady'] ?? [], '')) < 1e-6);
  });
});
