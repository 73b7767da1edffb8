import type { MessagePort } from 'node:worker_threads';
import { GlimpseError, type ErrorDetail, type ErrorKind } from '../errors.js';

/** Messages between the caller's thread and a worker's. Answers travel in batches. */
export interface Call {
  readonly id: number;
  readonly method: string;
  readonly argument: unknown;
}

export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: WireError };

/** What a thread has to tell unasked, for the log. */
export interface Notice {
  readonly level: 'info' | 'warn';
  readonly fields: object;
  readonly message: string;
}

export type Reply = Answer | { readonly notice: Notice };

/** Classes do not survive the crossing, so an error travels as its parts. */
interface WireError {
  readonly message: string;
  readonly stack: string | undefined;
  readonly glimpse?: { readonly kind: ErrorKind; readonly detail: ErrorDetail };
}

export function packError(error: unknown): WireError {
  if (!(error instanceof Error)) return { message: String(error), stack: undefined };
  const { message, stack } = error;
  return error instanceof GlimpseError ? { message, stack, glimpse: { kind: error.kind, detail: error.detail } } : { message, stack };
}

export function reviveError({ message, stack, glimpse }: WireError): Error {
  const error = glimpse === undefined ? new Error(message) : new GlimpseError(glimpse.kind, message, glimpse.detail);
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** The worker's side for threads that answer each call by itself. `close` ends the thread after its answer. */
export function serve(port: MessagePort, handlers: Record<string, (argument: never) => unknown>): void {
  port.on('message', (call: Call) => void answer(port, handlers, call));
}

async function answer(port: MessagePort, handlers: Record<string, (argument: never) => unknown>, call: Call): Promise<void> {
  const { id, method, argument } = call;
  try {
    const handler = handlers[method];
    if (handler === undefined) throw new Error(`a gallery thread knows no ${method}`);
    const value = await handler(argument as never);
    port.postMessage([{ id, value }] satisfies Reply[]);
  } catch (error) {
    port.postMessage([{ id, error: packError(error) }] satisfies Reply[]);
  }
  if (method === 'close') port.close();
}
