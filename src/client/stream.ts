import type { ClientDuplexStream, ClientReadableStream } from '@grpc/grpc-js';
import { toCallError } from './error.js';

type Answers<Out> = Pick<ClientReadableStream<Out>, 'iterator' | 'on' | 'cancel'>;

/** The answers of a call, pulled as the caller asks for them. Leaving the loop early, or aborting, cancels the call. */
export async function* readAll<Out>(start: () => Answers<Out>, signal?: AbortSignal): AsyncGenerator<Out, void, undefined> {
  const call = start();
  const cancel = (): void => call.cancel();
  call.on('error', () => undefined); // thrown by the iterator; after an early leave nobody is left to tell
  signal?.addEventListener('abort', cancel, { once: true });
  if (signal?.aborted === true) cancel();
  try {
    for await (const answer of call.iterator({ destroyOnReturn: false })) yield answer as Out;
  } catch (error) {
    throw toCallError(error);
  } finally {
    signal?.removeEventListener('abort', cancel);
    cancel();
  }
}

/**
 * Sends `requests` while yielding the answers. The next request is asked for only when the one before it has left for
 * the network, so that the server's flow control reaches the caller. What `requests` throws ends the call and is
 * thrown here.
 */
export async function* exchange<In, Out>(
  start: () => ClientDuplexStream<In, Out>,
  requests: AsyncIterable<In>,
  signal?: AbortSignal,
): AsyncGenerator<Out, void, undefined> {
  const call = start();
  let failed: { readonly error: unknown } | undefined;
  const sent = sendAll(call, requests).catch((error: unknown) => {
    failed = { error };
    call.cancel();
  });
  try {
    yield* readAll(() => call, signal);
  } catch (error) {
    throw (failed)?.error ?? error;
  }
  await sent;
}

async function sendAll<In>(call: ClientDuplexStream<In, unknown>, requests: AsyncIterable<In>): Promise<void> {
  const orOver = raceAgainstEnd(call);
  const iterator = requests[Symbol.asyncIterator]();
  for (;;) {
    const next = await orOver(iterator.next());
    if (next === undefined) return void iterator.return?.().catch(() => undefined);
    if (next.done === true) break;
    await orOver(new Promise<true>((resolve) => call.write(next.value, () => resolve(true))));
  }
  call.end();
}

/** Waits for a promise or for the call's end (undefined). Not Promise.race: on a stream of weeks its reactions would pile up. */
function raceAgainstEnd(call: ClientDuplexStream<never, unknown>): <T>(promise: Promise<T>) => Promise<T | undefined> {
  let over = false;
  let release = (): void => undefined;
  call.once('status', () => {
    over = true;
    release();
  });
  return (promise) =>
    new Promise((resolve, reject) => {
      release = () => resolve(undefined);
      promise.then(resolve, reject);
      if (over) release();
    });
}
