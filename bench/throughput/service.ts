import type { LoadInput, LoadOutput } from '../support/load.js';
import { SAMPLE_MS } from '../support/probe.js';
import { ServerProcess, type ServerOptions } from '../support/server.js';
import { runTrial } from '../support/trial.js';

export interface ServiceReading extends LoadOutput {
  /** How late the server's event loop ran, 99th percentile and worst, in milliseconds. */
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
  /** CPU time of all threads of the server for one frame, in milliseconds. */
  readonly cpuMs: number;
}

const LOAD = new URL('../support/load.js', import.meta.url);

/** A server of its own, a load of its own, both gone afterwards. */
export async function serviceTrial(options: ServerOptions, load: Omit<LoadInput, 'address'>): Promise<ServiceReading> {
  const server = await ServerProcess.start(options);
  try {
    const reading = await runTrial<LoadOutput>(LOAD, { ...load, address: server.address }, { onNote: () => server.reset() });
    // The last samples may show the load leaving.
    const samples = server.measured.slice(0, Math.floor(load.measureMs / SAMPLE_MS));
    const [first, last] = [samples[0], samples.at(-1)];
    if (first === undefined || last === undefined) throw new Error('the server gave no samples');
    const cores = (last.cpuMs - first.cpuMs) / (last.at - first.at);
    return { ...reading, loopP99Ms: last.loopP99Ms, loopMaxMs: last.loopMaxMs, cpuMs: (1000 * cores) / reading.framesPerSecond };
  } finally {
    await server.stop();
  }
}
