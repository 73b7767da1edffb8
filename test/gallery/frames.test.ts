import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Admission } from '../../src/gallery/index/admission.js';
import { CollectionIndex } from '../../src/gallery/index/collection-index.js';
import { Graph } from '../../src/gallery/index/graph.js';
import { MOST_SHARED, Walker } from '../../src/gallery/index/walker.js';
import { direction, linkedBeyond, seeded } from './support.js';

describe('gallery: a frame of many faces', () => {
  const random = seeded(51);
  const vectors = Array.from({ length: 400 }, () => direction(random));
  const probes = vectors.slice(0, MOST_SHARED).map((vector) => direction(random, vector, 0.5));
  const graph = new Graph();
  vectors.forEach((vector, node) => { graph.add(node, vector); });

  for (const [how, search] of [['walk', { breadth: 64 }], ['skim', { alike: 300, looked: 100 }]] as const) {
    it(`is shared by two threads that ${how}, which find what one finds, whoever takes which`, async () => {
      const alone = probes.map((probe) => graph.near(probe, 10, search));
      const walker = new Walker(graph);
      let taken = 0;
      try {
        for (let round = 0; taken < 2 * MOST_SHARED; round++) {
          assert.ok(round < 500, `the second thread took only ${taken}`);
          if (!walker.begin(probes, 10, search)) {
            await sleep(10);
            continue;
          }
          for (let place = 0; place < probes.length; place++) {
            const found = walker.take(place);
            if (found !== undefined) taken++;
            assert.deepEqual(found ?? graph.near(probes[place] as Float32Array, 10, search), alone[place]);
          }
        }
      } finally {
        walker.close();
      }
    });
  }

  it('has the answers that each of its faces has by itself', () => {
    const index = new CollectionIndex(linkedBeyond(100));
    vectors.forEach((vector, i) => { index.set(i + 1, i >> 1, vector); });
    while (index.work());
    const admission = new Admission(index.roster);
    const each = index.searchEach(probes, 3, admission);
    assert.deepEqual(probes.map((_, place) => each(place)), probes.map((probe) => index.search(probe, 3)));
  });
});
