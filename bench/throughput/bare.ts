/**
 * Trial: the ceiling. Both networks alone, fed from memory, one worker thread a core: no picture is decoded, no face is
 * aligned, nobody is searched for, nothing crosses a socket. Whatever the service costs beside its networks is the distance to this.
 */
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { sum } from '../support/stats.js';
import { serveTrial } from '../support/trial.js';
import type { BareReading, BareWork } from './bare-worker.js';

export interface BareInput {
  readonly workers: number;
  readonly work: BareWork;
}

export interface BareOutput {
  readonly facesPerSecond: number;
  readonly framesPerSecond: number;
  /** CPU time of all threads for one picture and its faces, in milliseconds. */
  readonly cpuMs: number;
  /** Milliseconds on one worker for one picture and for one face. */
  readonly detectMs: number;
  readonly embedMs: number;
}

serveTrial(async ({ workers, work }: BareInput): Promise<BareOutput> => {
  const threads = Array.from({ length: workers }, () => new Worker(new URL('./bare-worker.js', import.meta.url), { workerData: work }));
  await Promise.all(threads.map((thread) => once(thread, 'message'))); // warm
  const readings = threads.map((thread) => once(thread, 'message') as Promise<[BareReading]>);
  const before = process.cpuUsage();
  threads.forEach((thread) => thread.postMessage('go'));
  const done = (await Promise.all(readings)).map(([reading]) => reading);
  const { user, system } = process.cpuUsage(before);
  const [frames, faces] = [sum(done.map((r) => r.frames)), sum(done.map((r) => r.faces))];
  return {
    facesPerSecond: sum(done.map((r) => r.faces / r.seconds)),
    framesPerSecond: sum(done.map((r) => r.frames / r.seconds)),
    cpuMs: (user + system) / 1000 / frames,
    detectMs: (1000 * sum(done.map((r) => r.detectSeconds))) / frames,
    embedMs: (1000 * sum(done.map((r) => r.seconds - r.detectSeconds))) / faces,
  };
});
