import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadInput, LoadOutput } from '../support/load.js';
import type { ServerProcess } from '../support/server.js';
import { median, quantile } from '../support/stats.js';
import { runTrial } from '../support/trial.js';
import type { ClientInput, ClientOutput } from './client.js';
import type { Scenario } from './scenarios.js';

/** A server at ordinary work. */
export interface Normal {
  /** Frames a second. */
  readonly capacity: number;
  /**
   * 95th percentile of the resident set under normal load. It rises and falls with garbage collection by tens of megabytes
   * (a decoded picture is 7 MB), so that its level at one moment says little; this is what a healthy server takes.
   */
  readonly restingMb: number;
  /** Median while nothing is asked, right after. */
  readonly idleMb: number;
}

export interface Reading extends ClientOutput {
  readonly scenario: Scenario;
  readonly peakMb: number;
  /** Peak above the resting level. */
  readonly deltaMb: number;
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
  /** Another camera meanwhile, one frame at a time. */
  readonly bystander: { readonly frames: number; readonly p50Ms: number; readonly p95Ms: number };
}

const MB = 2 ** 20;
const WARM_UP = { width: 0, evidence: true, streams: 4, inFlight: 4, warmUpMs: 10_000, measureMs: 20_000 };
const IDLE_MS = 2000;
/** The bystander starts with the misbehaving client and ends before it. */
const BYSTANDER_START_MS = 2000;
const LOAD = new URL('../support/load.js', import.meta.url);
const CLIENT = new URL('./client.js', import.meta.url);

/** Four well-behaved cameras that ask for everything that the misbehaving client will ask for, until memory has settled. */
export async function normalLoad(server: ServerProcess): Promise<Normal> {
  const { framesPerSecond: capacity } = await load({ address: server.address, ...WARM_UP }, () => server.reset());
  const restingMb = quantile(rssMb(server), 0.95);
  server.reset();
  await sleep(IDLE_MS);
  return { capacity, restingMb, idleMb: median(rssMb(server)) };
}

export async function misuse(server: ServerProcess, { capacity, restingMb }: Normal, scenario: Scenario, seconds: number): Promise<Reading> {
  server.reset();
  const { address } = server;
  const input: ClientInput = { address, seconds, ...scenario.misbehaviour(capacity) };
  const camera = { width: 0, evidence: true, streams: 1, inFlight: 1, warmUpMs: BYSTANDER_START_MS, measureMs: 1000 * seconds - 2 * BYSTANDER_START_MS };
  const [client, bystander] = await Promise.all([runTrial<ClientOutput>(CLIENT, input), load({ address, ...camera })]);
  const { loopP99Ms = NaN, loopMaxMs = NaN } = server.measured.at(-1) ?? {};
  await sleep(IDLE_MS); // what the end of the client leaves behind counts too
  const peakMb = Math.max(...rssMb(server));
  const { frames, p50Ms, p95Ms } = bystander;
  return { ...client, scenario, peakMb, deltaMb: peakMb - restingMb, loopP99Ms, loopMaxMs, bystander: { frames, p50Ms, p95Ms } };
}

const load = (input: LoadInput, onNote: (note: string) => void = () => undefined): Promise<LoadOutput> => runTrial<LoadOutput>(LOAD, input, { onNote });

const rssMb = ({ measured }: ServerProcess): number[] => measured.map(({ rss }) => rss / MB);
