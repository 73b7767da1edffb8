/**
 * What the gallery costs: node dist/bench/gallery/main.js [--faces 1000,2000,5000,10000,20000] [--dir FOLDER]
 * Three tables: one search by comparing all against one by the graph; enrolments at several degrees of concurrency, each forced to
 * disk; and how long the caller's event loop stood still while all of it went on at once.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { CollectionIndex } from '../../src/gallery/index/collection-index.js';
import { openGallery } from '../../src/gallery/open.js';
import type { Gallery } from '../../src/gallery/port.js';

const PROBES = 200;
const NETWORK = '0'.repeat(64);
const QUALITY = { score: 1, sharpness: 1, visibility: 1, eyeDistance: 60 };

const { values: options } = parseArgs({
  options: { faces: { type: 'string', default: '1000,2000,5000,10000,20000' }, dir: { type: 'string', default: tmpdir() } },
});

function near(centre: Float32Array | undefined, spread: number): Float32Array {
  const raw = Float32Array.from({ length: 256 }, (_, i) => (centre?.[i] ?? 0) + spread * (Math.random() + Math.random() + Math.random() - 1.5) / 8);
  const length = Math.hypot(...raw);
  return raw.map((x) => x / length);
}

/** Four faces a person, cosine about 0.7 to their person's centre. */
function vectors(count: number): Float32Array[] {
  let centre = near(undefined, 1);
  return Array.from({ length: count }, (_, i) => {
    if (i % 4 === 0) centre = near(undefined, 1);
    return near(centre, 1);
  });
}

function percentile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? NaN;
}

function searchTimes(index: CollectionIndex, probes: readonly Float32Array[]): { times: number[]; first: number[] } {
  const times: number[] = [];
  const first = probes.map((probe) => {
    const start = performance.now();
    const [best] = index.search(probe, 5);
    times.push(performance.now() - start);
    return best?.label ?? 0;
  });
  return { times, first };
}

function compareSearches(count: number): Record<string, number> {
  const rows = vectors(count);
  const probes = Array.from({ length: PROBES }, (_, i) => near(rows[(i * 7919) % count], 1));
  const [exact, graph] = [new CollectionIndex(Infinity), new CollectionIndex(0)];
  const start = performance.now();
  for (const index of [exact, graph]) {
    for (const [i, vector] of rows.entries()) index.set(i + 1, Math.floor(i / 4) + 1, vector);
    while (index.work());
  }
  const built = (performance.now() - start) / 1000;
  searchTimes(exact, probes.slice(0, 50));
  const [all, some] = [searchTimes(exact, probes), searchTimes(graph, probes)];
  return {
    faces: count,
    'exact p50 ms': round(percentile(all.times, 0.5)), 'exact p99 ms': round(percentile(all.times, 0.99)),
    'graph p50 ms': round(percentile(some.times, 0.5)), 'graph p99 ms': round(percentile(some.times, 0.99)),
    'recall@1': round(all.first.filter((label, i) => label === some.first[i]).length / PROBES),
    'adds/s': Math.round(count / built),
  };
}

async function enrolments(gallery: Gallery, atOnce: number, each: number): Promise<Record<string, number>> {
  const latencies: number[] = [];
  const start = performance.now();
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (let i = 0; i < each; i++) {
      const begun = performance.now();
      await enrol(gallery);
      latencies.push(performance.now() - begun);
    }
  }));
  const seconds = (performance.now() - start) / 1000;
  return {
    'at once': atOnce, 'enrolments/s': Math.round(latencies.length / seconds),
    'p50 ms': round(percentile(latencies, 0.5)), 'p99 ms': round(percentile(latencies, 0.99)),
  };
}

const enrol = (gallery: Gallery) => gallery.enroll({
  collection: 'default', identity: { id: randomUUID(), name: 'Ada', externalId: '', metadata: {}, tags: [] },
  faces: [{ id: randomUUID(), label: '', quality: QUALITY, embedding: near(undefined, 1) }],
});

/** Searches, enrolments, an export and lists at the same time. */
async function everything(gallery: Gallery, milliseconds: number): Promise<Record<string, number>> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const end = performance.now() + milliseconds;
  const searches: number[] = [];
  const until = async (work: () => Promise<unknown>): Promise<void> => { while (performance.now() < end) await work(); };
  const search = async (): Promise<void> => {
    const begun = performance.now();
    await gallery.search('default', [near(undefined, 1), near(undefined, 1)], 5);
    searches.push(performance.now() - begun);
  };
  delay.enable();
  await Promise.all([
    until(search), until(() => enrol(gallery)), until(() => enrol(gallery)),
    until(async () => { for await (const { id } of gallery.export('default')) if (id === '' || performance.now() > end) return; }),
    until(() => gallery.list('default', { pageSize: 1000, pageToken: '', tag: '', namePrefix: '' })),
  ]);
  delay.disable();
  const inMs = (share: number): number => round(delay.percentile(share) / 1e6);
  return {
    'loop p50 ms': inMs(50), 'loop p99 ms': inMs(99), 'loop max ms': round(delay.max / 1e6),
    'searches': searches.length, 'search p50 ms': round(percentile(searches, 0.5)), 'search p99 ms': round(percentile(searches, 0.99)),
  };
}

const round = (value: number): number => Math.round(value * 1000) / 1000;

console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Node ${process.version}`);
console.table(options.faces.split(',').map(Number).map(compareSearches));
const dir = mkdtempSync(join(options.dir, 'glimpse-bench-'));
const gallery = await openGallery({ dir, network: NETWORK, requestMemorySeconds: 60 });
try {
  console.table([await enrolments(gallery, 1, 300), await enrolments(gallery, 8, 150), await enrolments(gallery, 64, 30)]);
  console.table([await everything(gallery, 5_000)]);
} finally {
  await gallery.close();
  rmSync(dir, { recursive: true });
}
