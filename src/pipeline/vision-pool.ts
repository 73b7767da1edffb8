import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { GlimpseError } from '../errors.js';
import { readEmbedderContract } from '../runtime/contract.js';
import type { AnalyseOptions, FrameAnalysis, ImageSource, Vision } from '../types.js';
import { revived } from './failure.js';
import { type NetworkLane, openLane } from './lane.js';
import type { Line, Reply, Started, Task, WorkerSettings } from './vision-worker.js';
import { thresholdOf, yardstickOf } from './yardstick.js';

export interface VisionOptions extends WorkerSettings {
  /** Threads; one takes a frame through all of its vision. */
  readonly workers: number;
}

/**
 * How long a close waits for the pictures that are being looked at, on however starved a machine: a thread that is ended inside a network takes the whole
 * process with it (SIGABRT).
 */
const CLOSE_MS = 600_000;

/** Starts the workers and warms every one. Throws GlimpseError `precondition` when a network is missing, damaged or another than its contract's. */
export async function openVision({ workers, ...settings }: VisionOptions): Promise<Vision> {
  const embedder = await readEmbedderContract(join(settings.modelsDir, 'embedder.json'));
  const lane = settings.batching === true ? await openLane({ runtime: 'onnx-cpu', ...settings, threads: availableParallelism() }) : undefined;
  const threads = await startThreads(workers, settings, lane).catch(async (error: unknown) => {
    await lane?.close();
    throw error;
  });
  const network = { network: embedder.sha256, threshold: thresholdOf(embedder), yardstick: yardstickOf(embedder) };
  return new VisionPool({ threads, workers, lane }, network);
}

async function startThreads(workers: number, workerData: WorkerSettings, lane: NetworkLane | undefined): Promise<Piscina<Task, Reply>> {
  const filename = new URL('./vision-worker.js', import.meta.url).href;
  const threads = new Piscina<Task, Reply>({ filename, minThreads: workers, maxThreads: workers, workerData, closeTimeout: CLOSE_MS });
  try {
    await allStarted(threads, workers, lane);
    return threads;
  } catch (error) {
    await threads.destroy();
    throw error;
  }
}

function allStarted(threads: Piscina, workers: number, lane: NetworkLane | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    let missing = workers;
    threads.on('error', reject);
    threads.on('message', (message: Started | Line) => {
      if ('line' in message) return lane?.connect(message.line);
      if (message.failure !== undefined) reject(revived(message.failure));
      if (--missing === 0) resolve();
    });
  });
}

interface Job {
  readonly task: Task;
  readonly since: number;
  readonly resolve: (analysis: FrameAnalysis) => void;
  readonly reject: (error: unknown) => void;
}

interface Crew {
  readonly threads: Piscina<Task, Reply>;
  readonly workers: number;
  /** Where the networks run, if not in the threads. */
  readonly lane: NetworkLane | undefined;
}

/**
 * The queue stands here and not in piscina, which ends the thread of a running task that is aborted, networks and all: here an abort
 * removes what waits, and what runs is finished and its answer dropped.
 */
class VisionPool implements Vision {
  readonly network: string;
  readonly threshold: Vision['threshold'];
  readonly yardstick: Vision['yardstick'];
  private readonly waiting = new Set<Job>();
  private running = 0;
  private pictures = 0;
  private closed = false;

  constructor(
    private readonly crew: Crew,
    embedder: Pick<Vision, 'network' | 'threshold' | 'yardstick'>,
  ) {
    this.network = embedder.network;
    this.threshold = embedder.threshold;
    this.yardstick = embedder.yardstick;
  }

  analyse(source: ImageSource, options: AnalyseOptions, signal?: AbortSignal): Promise<FrameAnalysis> {
    if (this.closed) return Promise.reject(closing());
    if (signal?.aborted === true) return Promise.reject(cancelled(signal));
    return new Promise((resolve, reject) => {
      this.enqueue({ task: { source, options, picture: ++this.pictures }, since: performance.now(), resolve, reject }, signal);
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const job of this.waiting) job.reject(closing());
    this.waiting.clear();
    await this.crew.threads.close();
    await this.crew.lane?.close();
  }

  private enqueue(job: Job, signal: AbortSignal | undefined): void {
    const abort = (): void => {
      if (!this.waiting.delete(queued)) this.crew.lane?.leave(job.task.picture);
      job.reject(cancelled(signal));
    };
    const settled = (): void => signal?.removeEventListener('abort', abort);
    const queued: Job = {
      ...job,
      resolve: (analysis) => {
        settled();
        job.resolve(analysis);
      },
      reject: (error) => {
        settled();
        job.reject(error);
      },
    };
    signal?.addEventListener('abort', abort, { once: true });
    this.waiting.add(queued);
    this.startWaiting();
  }

  private startWaiting(): void {
    for (const job of this.waiting) {
      if (this.running === this.crew.workers) return;
      this.waiting.delete(job);
      this.running++;
      void this.run(job).finally(() => {
        this.running--;
        this.startWaiting();
      });
    }
  }

  private async run({ task, since, resolve, reject }: Job): Promise<void> {
    const queue = performance.now() - since;
    try {
      const { message, transferList } = portable(task);
      const reply = await this.crew.threads.run(message, { transferList });
      if ('failure' in reply) reject(revived(reply.failure));
      else resolve({ ...reply.analysis, timing: { ...reply.analysis.timing, queue } });
    } catch (error) {
      reject(error);
    }
  }
}

/**
 * A copy of the picture's bytes that can be moved to a thread. The caller's own are often a view into a larger buffer that other
 * messages share: moving would take theirs away, and cloning would copy all of it.
 */
function portable({ source, ...rest }: Task): { message: Task; transferList: ArrayBuffer[] } {
  const bytes = new Uint8Array('raw' in source ? source.raw.data : source.encoded);
  const copy = 'raw' in source ? { raw: { ...source.raw, data: bytes } } : { encoded: bytes };
  return { message: { source: copy, ...rest }, transferList: [bytes.buffer] };
}

function cancelled(signal: AbortSignal | undefined): GlimpseError {
  const reason: unknown = signal?.reason;
  if (reason instanceof GlimpseError) return reason;
  return new GlimpseError('cancelled', 'the caller left before the picture was looked at', { reason: 'CANCELLED', cure: 'none is needed' }, reason);
}

function closing(): GlimpseError {
  return new GlimpseError('unavailable', 'the server is stopping', { reason: 'STOPPING', cure: 'try again in a moment' });
}
