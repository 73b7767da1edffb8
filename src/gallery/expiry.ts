import type { GalleryLog } from './log.js';
import type { Consent } from './port.js';

/** How often identities whose time has passed are erased. They match no more before that. */
export const SWEEP_MILLISECONDS = 10_000;

export interface Sweeping {
  readonly everyMilliseconds: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: GalleryLog;
}

export function isExpired(consent: Consent | undefined, now = Date.now()): boolean {
  return consent?.expiresAt !== undefined && consent.expiresAt.getTime() <= now;
}

/** Calls `sweep` regularly until it erases nobody more. Returns what stops it. */
export function startSweeping(sweep: (now: number) => Promise<number>, { everyMilliseconds, now, log }: Sweeping): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout;
  const run = async (): Promise<void> => {
    try {
      while (!stopped && (await sweep(now())) > 0);
    } catch (error) {
      log.warn({ error: String(error) }, 'expired identities could not be erased; trying again');
    }
    if (!stopped) timer = setTimeout(() => void run(), everyMilliseconds);
  };
  timer = setTimeout(() => void run(), 0);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
