import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadInput, LoadOutput } from '../support/load.js';
import { SAMPLE_MS } from '../support/probe.js';
import { ServerProcess, type ServerOptions } from '../support/server.js';
import { median } from '../support/stats.js';
import { spent, type ThreadTimes, threadTimes } from '../support/threads.js';
import { runTrial } from '../support/trial.js';

export interface ServiceReading extends LoadOutput {
  /** How late the server's event loop ran, 99th percentile and worst, in milliseconds. */
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
  /** CPU time of all threads of the server for one frame, in milliseconds. */
  readonly cpuMs: number;
  /** From its start to the moment at which it listens, networks warm. */
  readonly startMs: number;
  /** Median of the resident set under the load, in MiB. */
  readonly rssMb: number;
  /** The same CPU time by thread, for one frame; absent where the system does not tell. */
  readonly threads?: ThreadTimes;
  /** The time in which its threads were watched, in microseconds of the system's monotonic clock. */
  readonly window: { readonly from: number; readonly to: number };
}

export interface ServiceOptions extends ServerOptions {
  /** Its vision threads. */
  readonly workers: number;
}

const LOAD = new URL('../support/load.js', import.meta.url);
/** Before the load ends its last look at the threads is taken. */
const EARLIER_MS = 300;

/** A server of its own, a load of its own, both gone afterwards. */
export async function serviceTrial({ workers, ...options }: ServiceOptions, load: Omit<LoadInput, 'address'>): Promise<ServiceReading> {
  const start = performance.now();
  const server = await ServerProcess.start(options);
  const startMs = performance.now() - start;
  try {
    const looks: ReturnType<typeof threadTimes>[] = [];
    const window = load.measureMs - EARLIER_MS;
    let from = NaN;
    const measuring = (): void => {
      server.reset();
      from = microseconds();
      looks.push(threadTimes(server.pid));
      void sleep(window).then(() => looks.push(threadTimes(server.pid)));
    };
    const reading = await runTrial<LoadOutput>(LOAD, { ...load, address: server.address }, { onNote: measuring, timeoutMs: load.measureMs + 120_000 });
    // The last samples may show the load leaving.
    const samples = server.measured.slice(0, Math.floor(load.measureMs / SAMPLE_MS));
    const [first, last] = [samples[0], samples.at(-1)];
    if (first === undefined || last === undefined) throw new Error('the server gave no samples');
    const cores = (last.cpuMs - first.cpuMs) / (last.at - first.at);
    const threads = looks[0] && looks[1] && spent(server.pid, workers, looks[0], looks[1]);
    const frames = (reading.framesPerSecond * window) / 1000;
    return {
      ...reading,
      loopP99Ms: last.loopP99Ms,
      loopMaxMs: last.loopMaxMs,
      cpuMs: (1000 * cores) / reading.framesPerSecond,
      startMs,
      window: { from, to: from + 1000 * window },
      rssMb: median(samples.map(({ rss }) => rss / 2 ** 20)),
      ...(threads && { threads: { main: threads.main / frames, vision: threads.vision / frames, decoders: threads.decoders / frames, others: threads.others / frames } }),
    };
  } finally {
    await server.stop();
  }
}

const microseconds = (): number => Number(process.hrtime.bigint() / 1000n);
