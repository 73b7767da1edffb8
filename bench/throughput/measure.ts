import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTrial } from '../support/trial.js';
import { median } from '../support/stats.js';
import type { BareInput, BareOutput } from './bare.js';
import type { Options } from './options.js';
import type { PeerInput, PeerOutput } from './peer.js';
import type { LatencyReading, PeerResults, Results } from './results.js';
import { passShare } from './pass-share.js';
import { type ServiceOptions, serviceTrial } from './service.js';
import type { Rates } from './sights.js';

/** Shares of the capacity at which latency is measured. */
const LOADS = [0.5, 0.8, 0.95];
/** Enough frames for a 99th percentile. */
const LATENCY_MS = 20_000;
/** V8 compiles what is hot for some seconds; that is not what a frame costs. */
const WARM_UP_MS = 10_000;
/** Frames of a stream on their way. Eight keep two cores busy many times over; larger machines get two a worker. */
const inFlight = (workers: number): number => Math.max(8, 2 * workers);

export interface Bench {
  readonly options: Options;
  readonly dataDir: string;
  readonly flags: readonly string[];
}

/** The kinds take turns, so that a machine that grows slower or faster meanwhile does so for all of them. */
export async function measure({ options, dataDir, flags }: Bench): Promise<Results> {
  const results: Results = { bare: [], prepared: [], one: [], four: [], single: [], passShare: [] };
  const { rounds, seconds, workers, width } = options;
  const load = { width, evidence: false, warmUpMs: WARM_UP_MS, measureMs: 1000 * seconds, inFlight: inFlight(workers) };
  const service = { dataDir, flags, workers };
  for (let round = 1; round <= rounds; round++) {
    results.bare.push(await bareTrial(options, true));
    progress(round, 'bare', results.bare);
    results.prepared.push(await bareTrial(options, false));
    progress(round, 'bare, prepared', results.prepared);
    results.one.push(await serviceTrial(service, { ...load, streams: 1 }));
    progress(round, 'one stream', results.one);
    results.four.push(await serviceTrial(service, { ...load, streams: 4 }));
    progress(round, 'four streams', results.four);
    results.single.push(await serviceTrial(service, { ...load, measureMs: load.measureMs / 2, streams: 1, inFlight: 1 }));
    progress(round, 'one frame at a time', results.single);
    results.passShare.push(await profiled(options, service, { ...load, streams: 4 }));
  }
  return results;
}

/** Sampling slows the server a little: nothing but the share is taken from this trial. */
async function profiled({ profile }: Options, service: ServiceOptions, load: Parameters<typeof serviceTrial>[1]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-profile-'));
  try {
    const { window } = await serviceTrial({ ...service, nodeFlags: ['--cpu-prof', '--cpu-prof-dir', folder] }, load);
    if (profile !== '') await cp(folder, profile, { recursive: true });
    return await passShare(folder, window);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Open loop: four cameras that send at their own pace. */
export async function latencies({ options, dataDir, flags }: Bench, { four }: Results): Promise<LatencyReading[]> {
  const capacity = median(four.map(({ framesPerSecond }) => framesPerSecond));
  const readings: LatencyReading[] = [];
  for (const share of LOADS) {
    const load = { width: options.width, evidence: false, streams: 4, inFlight: 0, warmUpMs: WARM_UP_MS, measureMs: LATENCY_MS, framesPerSecond: share * capacity };
    const reading = await serviceTrial({ dataDir, flags, workers: options.workers }, load);
    readings.push({ share, offered: share * capacity, ...reading });
    process.stderr.write(`${100 * share} % of ${capacity.toFixed(1)} frames/s: p99 ${reading.p99Ms.toFixed(0)} ms\n`);
  }
  return readings;
}

/** The peer and our service in turns, on the photographs as they are; what each sees is asked once. */
export async function peers({ options, dataDir, flags }: Bench): Promise<PeerResults> {
  if (options.peerPackages !== '') process.env.NODE_PATH = options.peerPackages;
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  const load = { width: 0, evidence: false, streams: 4, inFlight: inFlight(options.workers), warmUpMs: WARM_UP_MS, measureMs: 1000 * options.seconds };
  const results: { peer: PeerOutput[]; ours: PeerResults['ours'][number][] } = { peer: [], ours: [] };
  for (let round = 1; round <= options.rounds; round++) {
    const input: PeerInput = { measureMs: 1000 * options.seconds, rates: round === 1 };
    results.peer.push(await runTrial<PeerOutput>(new URL('./peer.js', import.meta.url), input, { timeoutMs: 300_000 }));
    results.ours.push(await serviceTrial({ dataDir, flags, workers: options.workers }, load));
    process.stderr.write(`round ${round}, peer: ${(results.peer.at(-1)?.framesPerSecond ?? NaN).toFixed(2)} frames/s, service: ${(results.ours.at(-1)?.framesPerSecond ?? NaN).toFixed(2)}\n`);
  }
  const rates = await runTrial<Rates>(new URL('./ours.js', import.meta.url), { modelsDir: options.modelsDir });
  const [first] = results.peer;
  if (first?.rates === undefined) throw new Error('the peer was not asked what it sees');
  return { ...results, oursRates: rates, peerRates: first.rates };
}

function bareTrial({ workers, modelsDir, width, seconds }: Options, plain: boolean): Promise<BareOutput> {
  const input: BareInput = { workers, work: { modelsDir, width, measureMs: 1000 * seconds, plain } };
  return runTrial<BareOutput>(new URL('./bare.js', import.meta.url), input);
}

function progress(round: number, kind: string, readings: readonly { readonly facesPerSecond: number }[]): void {
  process.stderr.write(`round ${round}, ${kind}: ${(readings.at(-1)?.facesPerSecond ?? NaN).toFixed(1)} faces/s\n`);
}
