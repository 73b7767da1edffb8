/** Gives a permit back, and says how many milliseconds of a worker it cost, if that is known. Calling it again does nothing. */
export type Release = (cost?: number) => void;

interface Waiter {
  readonly grant: (release: Release) => void;
}

/** So long after a lane has asked, the others leave it a place. */
const PRESENT_MS = 1000;
/** Pictures that take longer are not worth waiting for: their lane leaves the others half of the workers. */
const LONG_MS = 250;

export interface LanesOptions {
  readonly permits: number;
  /** Those at work; the other permits are for what is ready behind them. All, unless said. */
  readonly workers?: number;
  readonly now?: () => number;
}

/**
 * A fixed number of permits for the vision workers, shared fairly: of the lanes that wait, the one that has had least of the workers' time
 * is next, so that a camera with sixty faces a frame gets fewer frames and not more time than one with a single face. Who was away saves
 * nothing up. While others are about, a lane has no picture ready behind the workers if it has them all, and one whose pictures take long leaves
 * half of the workers free: pictures are not interrupted. Within a lane it is first come, first served. Source: start-time fair queueing (Goyal, Vin and Cheng 1996).
 */
export class Lanes {
  /** Lanes with waiters, in the order in which they began to wait. */
  readonly #waiting: Lane[] = [];
  readonly #workers: number;
  readonly #now: () => number;
  #free: number;
  /** What the lane that was served last had had until then. */
  #level = 0;
  #opened = 0;
  /** Who asked last, and who did last before the last one. */
  #last: Asked | undefined;
  #other: Asked | undefined;

  constructor({ permits, workers = permits, now = () => performance.now() }: LanesOptions) {
    this.#free = permits;
    this.#workers = workers;
    this.#now = now;
  }

  open(): Lane {
    const lane: Lane = new Lane(++this.#opened, { ask: () => this.#ask(lane), leave: () => this.#forget(lane) });
    return lane;
  }

  #ask(lane: Lane): void {
    if (this.#last?.lane !== lane) this.#other = this.#last;
    this.#last = { lane, at: this.#now() };
    if (!this.#waiting.includes(lane)) {
      if (lane.held === 0) lane.had = Math.max(lane.had, this.#level);
      this.#waiting.push(lane);
    }
    this.#serve();
  }

  #forget(lane: Lane): void {
    if (!lane.isWaiting) remove(this.#waiting, lane);
  }

  #serve(): void {
    while (this.#free > 0) {
      const lane = this.#next();
      const waiter = lane?.takeWaiter();
      if (lane === undefined || waiter === undefined) return;
      remove(this.#waiting, lane);
      if (lane.isWaiting) this.#waiting.push(lane);
      this.#level = Math.max(this.#level, lane.had);
      this.#free -= 1;
      waiter.grant(this.#permit(lane));
    }
  }

  /** The first of those that have had least. */
  #next(): Lane | undefined {
    const may = this.#waiting.filter((lane) => lane.held < this.#most(lane) || this.#alone(lane));
    return may.reduce<Lane | undefined>((best, lane) => (best === undefined || lane.had < best.had ? lane : best), undefined);
  }

  #most({ usual }: Lane): number {
    return usual === undefined || usual > LONG_MS ? Math.ceil(this.#workers / 2) : this.#workers;
  }

  #alone(lane: Lane): boolean {
    const other = this.#last?.lane === lane ? this.#other : this.#last;
    return other === undefined || this.#now() - other.at > PRESENT_MS;
  }

  #permit(lane: Lane): Release {
    const expected = lane.usual ?? 1;
    lane.held += 1;
    lane.had += expected;
    let held = true;
    return (cost) => {
      if (!held) return;
      held = false;
      lane.held -= 1;
      lane.had += (cost ?? expected) - expected;
      if (cost !== undefined && cost > 0) lane.usual = cost; // who looked at nothing, or failed, says nothing of the next picture
      this.#free += 1;
      this.#serve();
    };
  }
}

interface Asked {
  readonly lane: Lane;
  readonly at: number;
}

function remove<T>(list: T[], item: T): void {
  const place = list.indexOf(item);
  if (place !== -1) list.splice(place, 1);
}

interface Hooks {
  readonly ask: () => void;
  readonly leave: () => void;
}

/** One stream's place among the lanes. */
export class Lane {
  readonly #waiters: Waiter[] = [];
  readonly #hooks: Hooks;
  /** Permits in its hands. */
  held = 0;
  /** Milliseconds of the workers that it has had, or would have had if it had not been away. */
  had = 0;
  /** What the last picture that was looked at cost, in milliseconds; undefined before the first. */
  usual: number | undefined;

  constructor(
    readonly id: number,
    hooks: Hooks,
  ) {
    this.#hooks = hooks;
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
        remove(this.#waiters, waiter);
        this.#hooks.leave();
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
      this.#hooks.ask();
    });
  }
}

type Milliseconds = number | string | undefined;

/** What a picture cost the workers, in milliseconds: of a timing, the parts that are theirs. */
export function workOf({ decode = 0, detect = 0, embed = 0 }: { readonly decode?: Milliseconds; readonly detect?: Milliseconds; readonly embed?: Milliseconds }): number {
  return Number(decode) + Number(detect) + Number(embed);
}
