import { Worker, type Transferable } from 'node:worker_threads';
import { GlimpseError } from '../errors.js';
import { reviveError, type Call, type Notice, type Reply } from './wire.js';

/** What every worker thread can be asked, besides its own methods. */
export interface Closable {
  close(argument: undefined): unknown;
}

export interface LaneEvents {
  /** The thread ended although nobody asked it to. */
  readonly death?: (cause: unknown) => void;
  readonly notice?: (notice: Notice) => void;
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** The caller's side of a worker thread: typed calls, answered in any order; none is left waiting when the thread dies. */
export class Lane<H extends Closable> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #events: LaneEvents;
  readonly #exit: Promise<void>;
  #lastId = 0;
  #state: 'open' | 'closing' | 'dead' = 'open';

  constructor(script: URL, workerData: unknown, events: LaneEvents = {}) {
    this.#events = events;
    this.#worker = new Worker(script, { workerData });
    this.#worker.on('message', (replies: Reply[]) => { for (const reply of replies) this.#receive(reply); });
    this.#worker.on('error', (error) => { this.#died(error); });
    this.#exit = new Promise((resolve) => this.#worker.once('exit', (code) => {
      this.#died(new Error(`worker thread ended with code ${code}`));
      resolve();
    }));
  }

  call<M extends keyof H & string>(
    method: M,
    argument: H[M] extends (argument: infer A) => unknown ? A : never,
    transfer: readonly Transferable[] = [],
  ): Promise<H[M] extends (argument: never) => infer R ? Awaited<R> : never> {
    return new Promise((resolve, reject) => {
      if (this.#state === 'dead') throw threadGone();
      const id = ++this.#lastId;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, method, argument } satisfies Call, transfer);
    });
  }

  /** Lets the thread finish what it was asked and its `close`, then waits for its end. */
  async close(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'closing';
      await this.call('close', undefined as never).catch(() => undefined);
    }
    await this.#exit;
  }

  /** Ends the thread at once. */
  async terminate(): Promise<void> {
    this.#state = this.#state === 'dead' ? 'dead' : 'closing';
    await this.#worker.terminate();
  }

  #receive(answer: Reply): void {
    if ('notice' in answer) return this.#events.notice?.(answer.notice);
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('error' in answer) waiting?.reject(reviveError(answer.error));
    else waiting?.resolve(answer.value as never);
  }

  #died(cause: unknown): void {
    const unexpected = this.#state === 'open';
    this.#state = 'dead';
    for (const { reject } of this.#waiting.values()) reject(threadGone(cause));
    this.#waiting.clear();
    if (unexpected) this.#events.death?.(cause);
  }
}

function threadGone(cause?: unknown): GlimpseError {
  return new GlimpseError('unavailable', 'a thread of the gallery ended', {
    reason: 'GALLERY_THREAD_ENDED', cure: 'try again; if it stays so, restart the server',
  }, cause);
}
