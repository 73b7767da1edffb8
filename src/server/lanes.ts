/** Gives a permit back. Calling it again does nothing. */
export type Release = () => void;

interface Waiter {
  readonly grant: (release: Release) => void;
}

/**
 * A fixed number of permits for the vision workers, shared fairly: lanes that wait take turns, however many permits each of them
 * wants, so that one busy camera cannot starve the others. Within a lane it is first come, first served.
 */
export class Lanes {
  /** Lanes with waiters, the next to be served first. */
  readonly #turns: Lane[] = [];
  #free: number;

  constructor(permits: number) {
    this.#free = permits;
  }

  open(): Lane {
    return new Lane((lane) => this.#enqueue(lane));
  }

  #enqueue(lane: Lane): void {
    if (!this.#turns.includes(lane)) this.#turns.push(lane);
    this.#serve();
  }

  #serve(): void {
    while (this.#free > 0) {
      const lane = this.#turns.shift();
      if (lane === undefined) return;
      const waiter = lane.takeWaiter();
      if (lane.isWaiting) this.#turns.push(lane);
      if (waiter === undefined) continue;
      this.#free -= 1;
      waiter.grant(this.#permit());
    }
  }

  #permit(): Release {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#free += 1;
      this.#serve();
    };
  }
}

/** One stream's place among the lanes. */
export class Lane {
  readonly #waiters: Waiter[] = [];
  readonly #enqueue: (lane: Lane) => void;

  constructor(enqueue: (lane: Lane) => void) {
    this.#enqueue = enqueue;
  }

  get isWaiting(): boolean {
    return this.#waiters.length > 0;
  }

  takeWaiter(): Waiter | undefined {
    return this.#waiters.shift();
  }

  /** Waits for a permit. Rejects with the signal's reason when it aborts first; the place in the lane is then free. */
  acquire(signal: AbortSignal): Promise<Release> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const leave = (): void => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        grant: (release) => {
          signal.removeEventListener('abort', leave);
          resolve(release);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiters.push(waiter);
      this.#enqueue(this);
    });
  }
}
