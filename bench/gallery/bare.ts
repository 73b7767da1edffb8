import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import hnswlib from 'hnswlib-node';
import { quantile } from '../support/stats.js';
import type { Crowd } from './faces.js';
import { recallOf, TOP } from './measure.js';

const BREADTHS = [32, 48, 64, 96, 128, 192, 256, 384, 512, 768];
/** As many as the gallery asks its graph for. */
const FETCHED = 4 * TOP;

export interface Bare {
  readonly index: InstanceType<typeof hnswlib.HierarchicalNSW>;
  /** Who the labels are. */
  readonly owners: readonly string[];
  readonly addsPerSecond: number;
}

/** hnswlib-node by itself, in one thread, without names; kept in the folder. */
export function bareIndex(dir: string, crowd: () => readonly Crowd[]): Bare {
  const [file, told] = [join(dir, 'bare.index'), join(dir, 'bare.json')];
  if (!existsSync(told)) buildBare(file, told, crowd());
  const index = new hnswlib.HierarchicalNSW('ip', 256);
  index.readIndexSync(file);
  return { index, ...(JSON.parse(readFileSync(told, 'utf8')) as Pick<Bare, 'owners' | 'addsPerSecond'>) };
}

function buildBare(file: string, told: string, crowd: readonly Crowd[]): void {
  const owners = [''];
  const index = new hnswlib.HierarchicalNSW('ip', 256);
  index.initIndex({ maxElements: crowd.reduce((sum, { faces }) => sum + faces.length, 1), m: 16, efConstruction: 200 });
  const start = performance.now();
  for (const { id, faces } of crowd) for (const face of faces) index.addPoint(Array.from(face), owners.push(id) - 1);
  const addsPerSecond = ((owners.length - 1) * 1000) / (performance.now() - start);
  index.writeIndexSync(file);
  writeFileSync(told, JSON.stringify({ owners, addsPerSecond }));
}

/** The narrowest search that recalls as much as the gallery did. */
export function searchBare(
  { index, owners, addsPerSecond }: Bare, probes: readonly Float32Array[], right: readonly (readonly string[])[],
  wanted: { readonly recallAt1: number; readonly recallAt10: number },
): object {
  let reading: object = {};
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
    reading = { bareP99OneMs, bareP50OneMs, bareRecallAt1: recallAt1, bareRecallAt10: recallAt10, bareAddsPerSecond: addsPerSecond, bareEf };
    if (recallAt1 >= wanted.recallAt1 && recallAt10 >= wanted.recallAt10) break;
  }
  return reading;
}
