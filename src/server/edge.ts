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
    const isStream = (p: string): boolean => p.endsWith('/Identify');
    const { maxStreams, maxCalls } = this.#options;
    const limit = isStream(path) ? maxStreams : maxCalls;
    const alike = [...this.#open].filter((call) => isStream(call.ticket.path) === isStream(path)).length;
    if (alike < limit) return;
    throw new GlimpseError('overloaded', `${limit} ${isStream(path) ? 'Identify streams' : 'calls'} are open, no more are taken`, {
      reason: isStream(path) ? 'TOO_MANY_STREAMS' : 'TOO_MANY_CALLS',
      cure: isStream(path) ? 'end a stream first, or raise --max-streams' : 'try again in a moment',
    });
  }
}

function stopped(message: string): GlimpseError {
  return new GlimpseError('unavailable', message, { reason: 'STOPPING', cure: 'connect again; another server may be up' });
}
