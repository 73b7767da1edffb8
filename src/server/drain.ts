import type { Server } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import type { Edge } from './edge.js';
import type { Health } from './health.js';

interface Stopping {
  readonly server: Server;
  readonly edge: Edge;
  readonly health: Health;
  readonly log: Logger;
}

/** For the statuses of calls that were cut short to reach their clients. */
const LAST_WORDS_MS = 500;

/** Ends the server: no new calls, a bounded wait for those that were accepted, then an end to what is left. */
export async function drain({ server, edge, health, log }: Stopping, ms: number): Promise<void> {
  health.set('stopping', true);
  edge.stop();
  const gone = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  if (await within(ms, Promise.all([edge.idle(), gone]))) return;
  log.warn({ ms }, 'calls were not done in time and are cut short');
  edge.abort();
  await within(LAST_WORDS_MS, gone);
  server.forceShutdown();
  await within(LAST_WORDS_MS, gone);
}

/** Whether the work was done in time. Leaves no timer behind. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const done = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return done;
}
