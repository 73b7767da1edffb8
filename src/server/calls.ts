import type { handleBidiStreamingCall, handleServerStreamingCall, handleUnaryCall, ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import type { Edge } from './edge.js';
import type { Ticket } from './edge-call.js';
import type { Principal } from './roles.js';
import { isUnexpected, toStatus } from './status.js';

/** All that a handler may know of its call. */
export interface Context {
  /** Joins the client's leaving, its deadline and the server's end; its reason is a GlimpseError. */
  readonly signal: AbortSignal;
  readonly principal: Principal;
  /** Common name of the client's certificate; empty where none was asked for. */
  readonly subject: string;
  readonly peer: string;
  /** This call's own id, in the log and in the audit. */
  readonly request: string;
}

type Unary<Q, A> = (request: Q, context: Context) => Promise<A>;
type Answers<Q, A> = (request: Q, context: Context) => AsyncIterable<A>;
type Bidi<Q, A> = (requests: AsyncIterable<Q>, context: Context) => AsyncIterable<A>;

/** Turns handlers, which know nothing of gRPC, into what grpc-js calls. The sole owner of its call objects. */
export class Calls {
  readonly #edge: Edge;
  readonly #log: Logger;

  constructor(edge: Edge, log: Logger) {
    this.#edge = edge;
    this.#log = log;
  }

  unary<Q, A>(handler: Unary<Q, A>): handleUnaryCall<Q, A> {
    return (call, callback) => {
      const ticket = this.#edge.ticketOf(call.metadata);
      const start = performance.now();
      const answered = (async () => await handler(call.request, ticket))();
      answered.then(
        (answer) => {
          this.#ended(ticket, start);
          callback(null, answer);
        },
        (error: unknown) => {
          this.#ended(ticket, start, error);
          callback(toStatus(error));
        },
      );
    };
  }

  answers<Q, A>(handler: Answers<Q, A>): handleServerStreamingCall<Q, A> {
    return (call) => {
      const ticket = this.#edge.ticketOf(call.metadata);
      void this.#deliver(call, ticket, () => handler(call.request, ticket));
    };
  }

  bidi<Q, A>(handler: Bidi<Q, A>): handleBidiStreamingCall<Q, A> {
    return (call) => {
      const ticket = this.#edge.ticketOf(call.metadata);
      const requests = new Requests<Q>(call, ticket, this.#edge.stopping);
      void this.#deliver(call, ticket, () => handler(requests, ticket));
    };
  }

  /** Writes no faster than the client reads, and ends with a status whatever happens. */
  async #deliver<Q, A>(call: ServerWritableStream<Q, A> | ServerDuplexStream<Q, A>, ticket: Ticket, answers: () => AsyncIterable<A>): Promise<void> {
    const start = performance.now();
    try {
      for await (const answer of answers()) {
        ticket.signal.throwIfAborted();
        if (!call.write(answer)) await drained(call, ticket.signal);
      }
      this.#ended(ticket, start);
      call.end();
    } catch (error) {
      this.#ended(ticket, start, error);
      // grpc-js takes the status from this event, sends what was written before it, then the status.
      call.emit('error', toStatus(error));
    }
  }

  #ended({ path, peer, principal, request }: Ticket, start: number, error?: unknown): void {
    const level = isUnexpected(error) && error !== undefined ? 'error' : 'debug';
    const ms = Math.round(performance.now() - start);
    this.#log[level]({ path, peer, token: principal.id, request, ms, ...(error !== undefined && { err: error }) }, 'call ended');
  }
}

function drained(call: NodeJS.EventEmitter, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      call.off('drain', settle);
      signal.removeEventListener('abort', settle);
      if (signal.aborted) reject(signal.reason as Error);
      else resolve();
    };
    call.on('drain', settle);
    signal.addEventListener('abort', settle);
    if (signal.aborted) settle();
  });
}

interface Waiting<Q> {
  readonly resolve: (result: IteratorResult<Q, undefined>) => void;
  readonly reject: (reason: Error) => void;
}

/** The messages of a request stream, each read from the network only when it is asked for. */
class Requests<Q> implements AsyncIterableIterator<Q> {
  readonly #ticket: Ticket;
  readonly #signals: readonly AbortSignal[];
  #waiting: Waiting<Q> | undefined;
  #ended = false;

  constructor(call: ServerDuplexStream<Q, unknown>, ticket: Ticket, stopping: AbortSignal) {
    this.#ticket = ticket;
    this.#signals = [ticket.signal, stopping];
    call.on('data', (value: Q) => this.#take()?.resolve({ value, done: false }));
    call.on('end', () => {
      this.#ended = true;
      this.#take()?.resolve({ value: undefined, done: true });
    });
    const stop = (event: Event): void => this.#take()?.reject((event.target as AbortSignal).reason as Error);
    ticket.signal.addEventListener('abort', () => stopping.removeEventListener('abort', stop));
    for (const signal of this.#signals) signal.addEventListener('abort', stop);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Q, undefined>> {
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => {
      for (const signal of this.#signals) signal.throwIfAborted();
      this.#waiting = { resolve, reject };
      this.#ticket.more();
    });
  }

  return(): Promise<IteratorResult<Q, undefined>> {
    this.#ended = true;
    return Promise.resolve({ value: undefined, done: true });
  }

  #take(): Waiting<Q> | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting;
  }
}
