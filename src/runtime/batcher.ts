import { GlimpseError } from '../errors.js';
import type { Network, Tensor } from './network.js';
import { Turns } from './turns.js';

export interface BatcherOptions {
  /** Most rows of a pass: what the device's memory and the patience for one pass allow. */
  readonly mostRows: number;
  /** Milliseconds that a row waits for company at most, while the device is free. */
  readonly longestWait: number;
  /** Most rows that wait; what comes on top is refused. */
  readonly mostWaiting: number;
}

/** Time, so that tests need none of it. `after` gives a function that calls it off; 0 means: once all that has arrived is taken in. */
export interface Clock {
  now(): number;
  after(milliseconds: number, then: () => void): () => void;
}

/** Whose rows they are. */
export interface Caller {
  /** Rows of one stream share its turn. */
  readonly stream: number;
  /** Among the requests of a stream, the lowest is first: a picture that is begun is finished before the next. */
  readonly order?: number;
  /** Aborted when the caller has left: his rows are skipped. */
  readonly signal?: AbortSignal;
}

/** Over how long the rate of arrivals is taken, in milliseconds: a few frames of a camera. */
const MEMORY_MS = 250;

/**
 * Makes passes of many rows out of the requests of all streams. A pass aims at as many rows as arrive while one is computed: one, and no
 * waiting, under light load; more as load rises, up to `mostRows`. Short of that, a free device waits only if the missing rows can be expected within
 * `longestWait`. Streams take turns row by row, so a frame with sixty faces and one with a single face are both in the next pass.
 */
export class Batcher {
  private readonly turns = new Turns();
  private busy = false;
  private callOff: (() => void) | undefined;
  /** Rows a millisecond, fading. */
  private rate = 0;
  private ratedAt = 0;
  /** How long a pass takes, in milliseconds, fading. */
  private passMs = 0;

  constructor(
    private readonly network: Network,
    private readonly options: BatcherOptions,
    private readonly clock: Clock = REAL,
  ) {}

  get waiting(): number {
    return this.turns.rows;
  }

  /** As `Network.run`. Rejects with `overloaded` when too many rows wait, and with the signal's reason when the caller leaves before its last row's pass. */
  run(input: Tensor, outputs: readonly string[], { stream, order = 0, signal }: Caller): Promise<Tensor[]> {
    const rows = input.shape[0] ?? 0;
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    if (this.waiting + rows > this.options.mostWaiting) return Promise.reject(full(this.waiting));
    this.note(rows);
    const request = this.turns.add(stream, { input, outputs, order, since: this.clock.now() });
    const leave = (): void => request.leave(signal?.reason);
    signal?.addEventListener('abort', leave, { once: true });
    this.plan();
    return request.done.finally(() => signal?.removeEventListener('abort', leave));
  }

  close(): Promise<void> {
    this.callOff?.();
    return this.network.close();
  }

  /** Rows of a pass that load calls for now. */
  target(): number {
    const arriving = Math.ceil(this.currentRate() * this.passMs - 1e-9);
    return Math.min(this.options.mostRows, Math.max(1, arriving));
  }

  private plan(): void {
    if (this.busy) return;
    this.callOff?.();
    this.callOff = undefined;
    const { oldest, rows } = this.turns;
    if (oldest === undefined) return;
    this.callOff = this.clock.after(this.patience(rows, oldest), () => {
      this.callOff = undefined;
      void this.pass();
    });
  }

  /** How much longer the waiting rows wait for company. */
  private patience(rows: number, oldest: number): number {
    const missing = this.target() - rows;
    if (missing <= 0) return 0;
    const left = oldest + this.options.longestWait - this.clock.now();
    return missing / this.currentRate() > left ? 0 : Math.max(0, left);
  }

  private async pass(): Promise<void> {
    const batch = this.turns.take(this.options.mostRows);
    if (batch === undefined) return;
    this.busy = true;
    const start = this.clock.now();
    try {
      batch.settle(await this.network.run(batch.input, batch.outputs));
      this.passMs = faded(this.passMs, this.clock.now() - start);
    } catch (error) {
      batch.fail(error);
    }
    this.busy = false;
    this.plan();
  }

  private note(rows: number): void {
    this.rate = this.currentRate() + rows / MEMORY_MS;
    this.ratedAt = this.clock.now();
  }

  private currentRate(): number {
    return this.rate * Math.exp((this.ratedAt - this.clock.now()) / MEMORY_MS);
  }
}

const faded = (old: number, now: number): number => (old === 0 ? now : 0.75 * old + 0.25 * now);

const REAL: Clock = {
  now: () => performance.now(),
  after(milliseconds, then) {
    if (milliseconds === 0) {
      const soon = setImmediate(then);
      return () => clearImmediate(soon);
    }
    const later = setTimeout(then, milliseconds);
    return () => clearTimeout(later);
  },
};

function full(waiting: number): GlimpseError {
  return new GlimpseError('overloaded', `${waiting} pictures or faces wait for the networks already`, { reason: 'QUEUE_FULL', cure: 'send fewer frames a second, or use a faster device' });
}
