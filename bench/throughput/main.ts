/** `npm run bench`: what the service makes of the machine, as a share of what the networks alone make of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machine, machineText } from '../support/machine.js';
import { enrolPeople } from '../support/people.js';
import { describe, groupFrames } from '../support/pictures.js';
import { ServerProcess } from '../support/server.js';
import { runTrial } from '../support/trial.js';
import type { BareInput, BareOutput } from './bare.js';
import { type Options, readOptions } from './options.js';
import { type Results, figures, report } from './report.js';
import { serviceTrial } from './service.js';

const STRANGERS = 1000;
/** Frames of a stream on their way. Eight keep two cores busy many times over; larger machines get two a worker. */
const inFlight = (workers: number): number => Math.max(8, 2 * workers);

const options = readOptions(process.argv.slice(2));
const host = machine();
say(machineText(host));
say((await Promise.all((await groupFrames(options.width)).map(describe))).join(', '));
const dataDir = await mkdtemp(join(tmpdir(), 'glimpse-bench-'));
try {
  const flags = ['--models-dir', options.modelsDir, '--workers', String(options.workers), '--max-frame-rate', '10000'];
  const identities = await enrol(flags);
  const results = await measure(flags);
  say(report(results, identities));
  if (options.json) process.stdout.write(`${JSON.stringify({ ...figures(results), width: options.width, identities, machine: host })}\n`);
} finally {
  await rm(dataDir, { recursive: true, force: true });
}

async function enrol(flags: readonly string[]): Promise<number> {
  const server = await ServerProcess.start({ dataDir, flags });
  try {
    return await enrolPeople(server.address, STRANGERS);
  } finally {
    await server.stop();
  }
}

/** The kinds take turns, so that a machine that grows slower or faster meanwhile does so for all of them. */
async function measure(flags: readonly string[]): Promise<Results> {
  const results: Results = { bare: [], one: [], four: [], single: [] };
  const { rounds, seconds, workers, width } = options;
  const load = { width, evidence: false, warmUpMs: 3000, measureMs: 1000 * seconds };
  const service = { dataDir, flags, nodeFlags: profiling(options) };
  for (let round = 1; round <= rounds; round++) {
    results.bare.push(await bareTrial(options));
    progress(round, 'bare', results.bare);
    results.one.push(await serviceTrial(service, { ...load, streams: 1, inFlight: inFlight(workers) }));
    progress(round, 'one stream', results.one);
    results.four.push(await serviceTrial(service, { ...load, streams: 4, inFlight: inFlight(workers) }));
    progress(round, 'four streams', results.four);
    results.single.push(await serviceTrial(service, { ...load, measureMs: load.measureMs / 2, streams: 1, inFlight: 1 }));
    progress(round, 'one frame at a time', results.single);
  }
  return results;
}

function bareTrial({ workers, modelsDir, width, seconds }: Options): Promise<BareOutput> {
  const input: BareInput = { workers, work: { modelsDir, width, measureMs: 1000 * seconds } };
  return runTrial<BareOutput>(new URL('./bare.js', import.meta.url), input);
}

function profiling({ profile }: Options): string[] {
  return profile === '' ? [] : ['--cpu-prof', '--cpu-prof-dir', profile];
}

function progress(round: number, kind: string, readings: readonly { readonly facesPerSecond: number }[]): void {
  process.stderr.write(`round ${round}, ${kind}: ${(readings.at(-1)?.facesPerSecond ?? NaN).toFixed(1)} faces/s\n`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
