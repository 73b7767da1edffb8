import type { Vision } from '../types.js';
import { type Lane, workOf } from './lanes.js';

const NEVER = new AbortController().signal;

/** The same vision, but each picture first waits for its turn in the lane; the wait is part of `timing.queue`. */
export function lanedVision(vision: Vision, lane: Lane): Vision {
  return {
    network: vision.network,
    threshold: (...asked) => vision.threshold(...asked),
    yardstick: vision.yardstick,
    close: () => vision.close(),
    async analyse(image, options, signal) {
      const start = performance.now();
      const release = await lane.acquire(signal ?? NEVER);
      const waited = performance.now() - start;
      let cost: number | undefined;
      try {
        const seen = await vision.analyse(image, { ...options, stream: lane.id }, signal);
        cost = workOf(seen.timing);
        return { ...seen, timing: { ...seen.timing, queue: seen.timing.queue + waited } };
      } finally {
        release(cost);
      }
    },
  };
}
