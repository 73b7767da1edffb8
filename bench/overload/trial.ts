import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadInput, LoadOutput } from '../support/load.js';
import { ServerProcess, type ServerOptions } from '../support/server.js';
import { median } from '../support/stats.js';
import { runTrial } from '../support/trial.js';
import type { ClientInput, ClientOutput } from './client.js';
import type { Scenario } from './scenarios.js';

export interface Reading extends ClientOutput {
  readonly scenario: Scenario;
  /** Frames a second of a well-behaved load, before. */
  readonly capacity: number;
  readonly restingMb: number;
  readonly peakMb: number;
  readonly deltaMb: number;
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
  /** Another camera meanwhile, one frame at a time. */
  readonly bystander: { readonly frames: number; readonly p50Ms: number; readonly p95Ms: number };
}

const MB = 2 ** 20;
const WARM_UP = { width: 0, streams: 4, inFlight: 4, warmUpMs: 3000, measureMs: 6000 };
const IDLE_MS = 2000;
/** The bystander starts with the misbehaving client and ends before it. */
const BYSTANDER_START_MS = 2000;
const LOAD = new URL('../support/load.js', import.meta.url);
const CLIENT = new URL('./client.js', import.meta.url);

/** A fresh server: warmed by four well-behaved cameras, measured at rest, then misused. */
export async function overloadTrial(options: ServerOptions, scenario: Scenario, seconds: number): Promise<Reading> {
  const server = await ServerProcess.start(options);
  try {
    const { address } = server;
    const { framesPerSecond: capacity } = await load({ address, ...WARM_UP });
    const restingMb = await resting(server);
    server.reset();
    const input: ClientInput = { address, seconds, ...scenario.misbehaviour(capacity) };
    const camera = { width: 0, streams: 1, inFlight: 1, warmUpMs: BYSTANDER_START_MS, measureMs: 1000 * seconds - 2 * BYSTANDER_START_MS };
    const [client, bystander] = await Promise.all([runTrial<ClientOutput>(CLIENT, input), load({ address, ...camera })]);
    await sleep(IDLE_MS); // what the end of the client leaves behind counts too
    const peakMb = Math.max(...server.measured.map(({ rss }) => rss)) / MB;
    const { loopP99Ms = NaN, loopMaxMs = NaN } = server.measured.at(-1) ?? {};
    const { frames, p50Ms, p95Ms } = bystander;
    return { ...client, scenario, capacity, restingMb, peakMb, deltaMb: peakMb - restingMb, loopP99Ms, loopMaxMs, bystander: { frames, p50Ms, p95Ms } };
  } finally {
    await server.stop();
  }
}

const load = (input: LoadInput): Promise<LoadOutput> => runTrial<LoadOutput>(LOAD, input);

/** Median of the resident set while nothing is asked, right after the normal load. */
async function resting(server: ServerProcess): Promise<number> {
  server.reset();
  await sleep(IDLE_MS);
  return median(server.measured.map(({ rss }) => rss)) / MB;
}
