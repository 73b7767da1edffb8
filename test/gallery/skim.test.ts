import assert from 'node:assert/strict';
import { Graph } from '../../src/gallery/index/graph.js';
import { cosine, direction, seeded } from './support.js';

const NODES = 5_000; // more than a block

describe('gallery: a skim over all faces', () => {
  const random = seeded(81);
  const vectors = Array.from({ length: NODES }, () => direction(random));
  const filled = (): Graph => {
    const graph = new Graph(false);
    vectors.forEach((vector, node) => { graph.add(node, vector); });
    return graph;
  };
  const probes = Array.from({ length: 50 }, (_, i) => direction(random, vectors[i * 97], 0.8));
  const nearest = (probe: Float32Array, among: (node: number) => boolean): number[] =>
    vectors.map((vector, node) => [among(node) ? cosine(vector, probe) : -1, node] as const).sort(([a], [b]) => b - a).map(([, node]) => node);
  const nodesOf = (graph: Graph, probe: Float32Array, count: number, alike: number, looked = alike): number[] => graph.near(probe, count, { alike, looked }).map(({ node }) => node);

  it('finds what comparing all finds when it looks at all, and nearly as much when it weighs a tenth and looks at a half of that', () => {
    const graph = filled();
    let hits = 0;
    for (const probe of probes) {
      const right = nearest(probe, () => true).slice(0, 10);
      const all = nodesOf(graph, probe, 40, NODES);
      assert.deepEqual(right.filter((node) => !all.includes(node)), []);
      hits += right.filter((node) => nodesOf(graph, probe, 40, NODES / 10, NODES / 20).includes(node)).length / right.length;
    }
    assert.ok(hits / probes.length >= 0.8, `${hits / probes.length} of random directions, which are the hardest`);
  });

  it('finds more by weighing the signs that differ than by their number', () => {
    const graph = filled();
    const found = (alike: number): number => probes.reduce((sum, probe) => {
      const right = nearest(probe, () => true).slice(0, 10);
      return sum + right.filter((node) => nodesOf(graph, probe, 40, alike, NODES / 40).includes(node)).length / right.length;
    }, 0) / probes.length;
    const [weighed, counted] = [found(NODES / 5), found(NODES / 40)];
    assert.ok(weighed > counted + 0.1, `${weighed} weighed, ${counted} counted`);
  });

  it('says best first how alike they are', () => {
    const found = filled().near(probes[0] as Float32Array, 40, { alike: NODES, looked: NODES });
    for (const [i, { node, cosine: told }] of found.entries()) {
      assert.ok(i === 0 || told <= (found[i - 1]?.cosine ?? 1));
      assert.ok(Math.abs(told - cosine(vectors[node] as Float32Array, probes[0] as Float32Array)) < 0.04);
    }
  });

  it('never meets a node that was removed or never there, however many they are', () => {
    const graph = filled();
    const gone = (node: number): boolean => node % 10 !== 0;
    for (let node = 0; node < NODES; node++) if (gone(node)) graph.remove(node);
    for (const probe of probes) {
      const right = nearest(probe, (node) => !gone(node)).slice(0, 20);
      const found = nodesOf(graph, probe, 100, 400);
      assert.ok(found.every((node) => node < NODES && !gone(node)));
      assert.ok(right.filter((node) => found.includes(node)).length >= 18, 'the dead took the places of the living');
    }
  });
});
