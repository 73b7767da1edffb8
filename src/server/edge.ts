import { setMaxListeners } from 'node:events';
import type { Metadata, ServerInterceptor } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { GlimpseError } from '../errors.js';
import type { Door } from './door.js';
import { EdgeCall, type Ticket } from './edge-call.js';
import { isOurs } from './roles.js';
import { isUnexpected, toStatus, type WireStatus } from './status.js';

export interface EdgeOptions {
  readonly door: Door;
  /** Most Identify streams at a time. */
  readonly maxStreams: number;
  /** Most Watch streams at a time. */
  readonly maxWatchers: number;
  /** Most other calls of ours at a time; each may hold a message of the largest size. */
  readonly maxCalls: number;
  readonly log: Logger;
}

/**
 * Every call passes here before a byte of its message is read: who is it, may they, is there room, are we stopping. It
 * knows all open calls, so that a stop can end them.
 */
export class Edge {
  readonly #options: EdgeOptions;
  readonly #open = new Set<EdgeCall>();
  readonly #tickets = new WeakMap<Metadata, Ticket>();
  readonly #stopping = new AbortController();
  #whenIdle: () => void = () => undefined;

  constructor(options: EdgeOptions) {
    this.#options = options;
    setMaxListeners(0, this.#stopping.signal); // Every stream listens.
  }

  readonly interceptor: ServerInterceptor = (method, call) => new EdgeCall(call, method, this);

  /** What the edge knows of the call that carries this metadata. */
  ticketOf(metadata: Metadata): Ticket {
    const ticket = this.#tickets.get(metadata);
    if (ticket === undefined) throw new Error('this call did not pass the edge');
    return ticket;
  }

  /** Lets the call in and keeps its ticket, or says why not. */
  admit(call: EdgeCall, metadata: Metadata): WireStatus | undefined {
    const { path } = call.ticket;
    try {
      this.#stopping.signal.throwIfAborted();
      this.#refuseFull(path);
      call.ticket.principal = this.#options.door(path, metadata);
    } catch (error) {
      const level = isUnexpected(error) ? 'error' : 'info';
      this.#options.log[level]({ path, peer: call.ticket.peer, err: error }, 'call refused');
      return toStatus(error);
    }
    this.#open.add(call);
    this.#tickets.set(metadata, call.ticket);
    return undefined;
  }

  leave(call: EdgeCall): void {
    if (this.#open.delete(call) && this.#open.size === 0) this.#whenIdle();
  }

  /** No new calls; streams of ours get no more messages and end by themselves; those of health and reflection end now. */
  stop(): void {
    const reason = stopped('the server is stopping');
    this.#stopping.abort(reason);
    for (const call of this.#open) {
      if (!isOurs(call.ticket.path)) call.sendStatus(toStatus(reason));
    }
  }

  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Resolves once no call is open. */
  async idle(): Promise<void> {
    if (this.#open.size > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
  }

  /** Ends whatever is still at work. */
  abort(): void {
    for (const call of this.#open) call.abort(stopped('the server stopped before this call was done'));
  }

  #refuseFull(path: string): void {
    const kind = kindOf(path);
    const { limit, what, reason, cure } = KINDS[kind];
    const most = this.#options[limit];
    if ([...this.#open].filter(({ ticket }) => kindOf(ticket.path) === kind).length < most) return;
    throw new GlimpseError('overloaded', `${most} ${what} are open, no more are taken`, { reason, cure });
  }
}

/** Calls that last have limits of their own. */
const KINDS = {
  Identify: { limit: 'maxStreams', what: 'Identify streams', reason: 'TOO_MANY_STREAMS', cure: 'end a stream first, or raise --max-streams' },
  Watch: { limit: 'maxWatchers', what: 'Watch streams', reason: 'TOO_MANY_WATCHERS', cure: 'end one first, or raise --max-watchers' },
  other: { limit: 'maxCalls', what: 'calls', reason: 'TOO_MANY_CALLS', cure: 'try again in a moment' },
} as const;

function kindOf(path: string): keyof typeof KINDS {
  const method = path.slice(path.lastIndexOf('/') + 1);
  return method === 'Identify' || method === 'Watch' ? method : 'other';
}

function stopped(message: string): GlimpseError {
  return new GlimpseError('unavailable', message, { reason: 'STOPPING', cure: 'connect again; another server may be up' });
}
