import hnswlib from 'hnswlib-node';
import { quantile } from '../support/stats.js';
import type { Crowd } from './faces.js';
import { recallOf, TOP } from './measure.js';

const BREADTHS = [32, 48, 64, 96, 128, 192, 256, 384, 512, 768];
/** As many as the gallery asks its graph for. */
const FETCHED = 4 * TOP;

export interface Bare {
  readonly bareP99OneMs: number;
  readonly bareP50OneMs: number;
  readonly bareRecallAt1: number;
  readonly bareRecallAt10: number;
  readonly bareAddsPerSecond: number;
  readonly bareEf: number;
}

/** hnswlib-node by itself, in one thread, without names: the narrowest search that recalls as much as the gallery did. */
export function bare(crowd: readonly Crowd[], probes: readonly Float32Array[], right: readonly (readonly string[])[], wanted: { readonly recallAt1: number; readonly recallAt10: number }): Bare {
  const owners = [''];
  const index = new hnswlib.HierarchicalNSW('ip', 256);
  index.initIndex({ maxElements: crowd.reduce((sum, { faces }) => sum + faces.length, 1), m: 16, efConstruction: 200 });
  const start = performance.now();
  for (const { id, faces } of crowd) for (const face of faces) index.addPoint(Array.from(face), owners.push(id) - 1);
  const bareAddsPerSecond = ((owners.length - 1) * 1000) / (performance.now() - start);
  let reading: Bare | undefined;
  for (const bareEf of BREADTHS) {
    index.setEf(bareEf);
    const times: number[] = [];
    const found = probes.map((probe) => {
      const begun = performance.now();
      const { neighbors } = index.searchKnn(Array.from(probe), FETCHED);
      times.push(performance.now() - begun);
      return [...new Set(neighbors.map((label) => owners[label] ?? ''))].slice(0, TOP);
    });
    const { recallAt1, recallAt10 } = recallOf(right, found);
    const [bareP50OneMs, bareP99OneMs] = [quantile(times, 0.5), quantile(times, 0.99)];
    reading = { bareP99OneMs, bareP50OneMs, bareRecallAt1: recallAt1, bareRecallAt10: recallAt10, bareAddsPerSecond, bareEf };
    if (recallAt1 >= wanted.recallAt1 && recallAt10 >= wanted.recallAt10) break;
  }
  return reading as Bare;
}
