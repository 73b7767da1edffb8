import { setTimeout as sleep } from 'node:timers/promises';
import type { Frame__Output } from '../generated/glimpse/v1/Frame.js';
import type { IdentifyResponse } from '../generated/glimpse/v1/IdentifyResponse.js';
import { type Arrival, lookInTurn, type Looking, skipped } from './frame-stream.js';
import { inOrder } from './in-order.js';
import type { TokenBucket } from './token-bucket.js';

export interface Capacity {
  /** Frames that vision works on at once. */
  readonly workers: number;
  /** Permits of all lanes together: those at work and those ready behind them. */
  readonly permits: number;
}

/** Owed answers of a live stream. Those behind the frames at work hold no picture, so they weigh little; a client that reads none is read no further. */
const MOST_OWED_LIVE = 1024;

/** Recordings: every frame is looked at. What does not fit waits at the sender, and so does what comes faster than the limit. */
export function lookAtAll(frames: AsyncIterable<Frame__Output>, looking: Looking, bucket: TokenBucket, capacity: Capacity): AsyncIterable<IdentifyResponse> {
  const answer = (frame: Frame__Output): Promise<IdentifyResponse> => {
    const arrival = { frame, at: performance.now() };
    return new Promise((resolve, reject) => {
      lookInTurn(looking, () => arrival, resolve).catch(reject);
    });
  };
  // As many at work or ready as there are permits, and as many again whose answers wait for an earlier one.
  return inOrder(paced(frames, bucket, looking.signal), 2 * capacity.permits, answer);
}

async function* paced(frames: AsyncIterable<Frame__Output>, bucket: TokenBucket, signal: AbortSignal): AsyncGenerator<Frame__Output> {
  for await (const frame of frames) {
    for (let ms = bucket.wait(performance.now()); ms > 0; ms = bucket.wait(performance.now())) await sleep(ms, undefined, { signal });
    bucket.take(performance.now());
    yield frame;
  }
}

/** Live cameras: when a newer frame comes, the one that still waits is answered as superseded. */
export function lookAtLatest(frames: AsyncIterable<Frame__Output>, looking: Looking, bucket: TokenBucket, capacity: Capacity): AsyncIterable<IdentifyResponse> {
  const latest = new Latest(looking, capacity.workers);
  const answer = (frame: Frame__Output): Promise<IdentifyResponse> => {
    const arrival = { frame, at: performance.now() };
    if (bucket.take(arrival.at)) return latest.offer(arrival);
    return Promise.resolve(skipped(arrival, 'OVERLOADED', 'the stream sends faster than --max-frame-rate'));
  };
  return inOrder(frames, MOST_OWED_LIVE, answer);
}

interface Waiting {
  readonly arrival: Arrival;
  readonly resolve: (response: IdentifyResponse) => void;
  readonly reject: (error: unknown) => void;
}

/** At most one frame waits, and no more are at work than vision has workers: a frame that is queued any deeper only grows old. */
class Latest {
  readonly #looking: Looking;
  readonly #most: number;
  #busy = 0;
  #waiting: Waiting | undefined;

  constructor(looking: Looking, most: number) {
    this.#looking = looking;
    this.#most = most;
  }

  offer(arrival: Arrival): Promise<IdentifyResponse> {
    return new Promise((resolve, reject) => {
      const older = this.#waiting;
      older?.resolve(skipped(older.arrival, 'SUPERSEDED', 'a newer frame came before its turn'));
      this.#waiting = { arrival, resolve, reject };
      if (this.#busy < this.#most) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#busy += 1;
    let mine: Waiting | undefined;
    const take = (): Arrival | undefined => {
      mine = this.#waiting;
      this.#waiting = undefined;
      return mine?.arrival;
    };
    try {
      await lookInTurn(this.#looking, take, (response) => mine?.resolve(response));
    } catch (error) {
      // Also when its turn never came: whoever waits must not wait for ever.
      if (mine === undefined) take();
      mine?.reject(error);
    } finally {
      this.#busy -= 1;
    }
    if (this.#waiting !== undefined) void this.#work();
  }
}
