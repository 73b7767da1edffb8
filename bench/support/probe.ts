/**
 * Preloaded into the server's process (`node --import`), so that its memory and event loop are measured from the inside while
 * the server itself knows nothing of benchmarks. Sends one Sample on the process's IPC channel every 100 ms.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

export interface Sample {
  /** Milliseconds, monotonic. */
  readonly at: number;
  /** Resident set of the whole process, all threads, in bytes. */
  readonly rss: number;
  /** Bytes of the main thread's JavaScript heap, and of what hangs outside it (buffers included). */
  readonly heap: number;
  readonly external: number;
  /** Timers, sockets, threads and whatever else keeps the main thread's loop going. */
  readonly handles: number;
  /** Milliseconds of CPU time of all threads since the process began. */
  readonly cpuMs: number;
  /** How late the event loop of the main thread ran since the last `reset`, in milliseconds. */
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
}

export const SAMPLE_MS = 100;
/** The histogram's timer asks for one tick in this many milliseconds; what it records includes them. */
const RESOLUTION_MS = 10;

if (isMainThread && process.send !== undefined) start();

function start(): void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  const timer = setInterval(() => {
    const { rss, heapUsed, external } = process.memoryUsage();
    const cpu = process.cpuUsage();
    const sample: Sample = {
      at: performance.now(),
      rss,
      heap: heapUsed,
      external,
      handles: process.getActiveResourcesInfo().length,
      cpuMs: (cpu.user + cpu.system) / 1000,
      loopP99Ms: late(delay.percentile(99)),
      loopMaxMs: late(delay.max),
    };
    process.send?.(sample);
  }, SAMPLE_MS);
  process.on('message', (message) => {
    if (message === 'reset') delay.reset();
  });
  // A benchmark that died must not leave a server behind; one that asks the server to stop must see it end by itself.
  process.once('disconnect', () => process.exit(1));
  timer.unref();
  process.channel?.unref();
}
