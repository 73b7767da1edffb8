import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

interface Crew<Result> {
  /** Module of the thread: it posts 'ready', then one message for each item it is sent, and ends at 'end'. */
  readonly module: URL;
  readonly workerData: unknown;
  readonly items: readonly number[];
  readonly onResult: (result: Result) => void;
}

/** Deals items to a thread a core; resolves when all are done and every thread has ended. */
export async function workThrough<Result>({ module, workerData, items, onResult }: Crew<Result>): Promise<void> {
  const queue = items.values();
  const one = (): Promise<void> => {
    const worker = new Worker(module, { workerData });
    return new Promise((resolve, reject) => {
      worker.on('message', (message: Result | 'ready') => {
        if (message !== 'ready') onResult(message);
        const next = queue.next();
        worker.postMessage(next.done === true ? 'end' : next.value);
      });
      worker.on('error', reject);
      worker.on('exit', () => resolve());
    });
  };
  await Promise.all(Array.from({ length: availableParallelism() }, one));
}
