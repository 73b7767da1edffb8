import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cover } from '../../src/gallery/index/cover.js';
import { Graph } from '../../src/gallery/index/graph.js';
import { Matrix } from '../../src/gallery/index/matrix.js';
import { direction, seeded } from './support.js';

const ROWS = 1_200;
const HELPED_FROM = 100;

describe('gallery: a graph that two threads build', () => {
  const random = seeded(71);

  it('holds every row once and finds them, though rows come and go meanwhile', async function () {
    this.timeout(60_000);
    const [matrix, graph] = [new Matrix(), new Graph()];
    let [label, own] = [0, 0];
    const add = graph.add.bind(graph);
    graph.add = (row, vector) => {
      own++;
      add(row, vector);
    };
    const grow = (): number => matrix.add(++label, label, direction(random));
    const cover = new Cover(matrix, graph, Array.from({ length: ROWS }, grow), HELPED_FROM);
    let removed = 0;
    for (let step = 0; cover.placeOne(); step++) {
      if (step % 16 === 0) await sleep(1); // as the other thread needs, on a machine of one core
      if (step % 5 !== 0 || removed >= 100) continue;
      const row = matrix.row(1 + Math.floor(random() * label));
      if (row === undefined) continue;
      cover.remove(row);
      matrix.remove(row);
      removed++;
      cover.add(grow());
    }
    cover.close();
    assert.ok(own < ROWS, 'the other thread linked nothing');
    assert.ok(removed >= 20, `only ${removed} were removed meanwhile`);
    assert.deepEqual([cover.waiting.size, graph.size, matrix.size], [0, ROWS, ROWS]);
    const lost = Array.from({ length: matrix.rows }, (_, row) => row).filter((row) => graph.near(matrix.vector(row), 1, { breadth: 64 })[0]?.node !== row);
    assert.deepEqual(lost, [], 'rows that are not found by their own vectors');
  });
});
