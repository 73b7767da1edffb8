import type { Logger } from 'pino';
import type { EventFilter, StoredEvent } from '../gallery/events.js';
import type { Gallery } from '../gallery/port.js';
import type { WatchRequest__Output } from '../generated/glimpse/v1/WatchRequest.js';
import type { WatchResponse } from '../generated/glimpse/v1/WatchResponse.js';
import { EVENT_KINDS } from '../types.js';
import { callerOf } from './caller.js';
import type { Context } from './calls.js';
import { cursorOf, refuseSwept, startOf } from './cursor.js';
import type { EventLog } from './event-log.js';
import { wireEvent } from './events-to-wire.js';
import { collectionName, invalid, LONGEST, nonEmpty, oneOf } from './fields.js';
import type { Principal } from './roles.js';
import { permitted } from './scope.js';
import { Sightings } from './sightings.js';

export interface WatchParts {
  readonly gallery: Gallery;
  readonly events: EventLog;
  readonly log: Logger;
  /** Aborts when the server is about to stop: then no more are told. */
  readonly stopping: AbortSignal;
}

/** How long it may be quiet before a sign of life says how far it is. */
const SIGN_MS = 60_000;
const MOST = { cameras: 256, identityIds: 1_000, collections: 64 } as const;

/** What happened after the cursor, then what happens, until the caller leaves. */
export async function* watchEvents({ gallery, events, log, stopping }: WatchParts, request: WatchRequest__Output, context: Context): AsyncGenerator<WatchResponse> {
  const filter = filterOf(request, context.principal);
  const head = await events.head();
  let after = startOf(request, head);
  const namings = new Namings(gallery.as(callerOf(context)), log, 'Watch');
  const signals = [context.signal, stopping];
  try {
    for (let sign = true; ; ) {
      for (const signal of signals) signal.throwIfAborted();
      const { rung } = events;
      const page = await events.after(after, filter);
      refuseSwept(after, page.swept);
      await namings.told(page.events);
      for (const event of page.events) yield { cursor: cursorOf(head.line, event.number), event: wireEvent(event) };
      after = page.lookedTo;
      if (page.more) continue;
      if (sign) yield { cursor: cursorOf(head.line, after) };
      sign = !(await events.more(rung, SIGN_MS, signals));
    }
  } finally {
    await namings.close();
  }
}

/** Nobody is named before the audit has it on disk. */
export class Namings {
  readonly #gallery: Gallery;
  readonly #log: Logger;
  readonly #call: 'Watch' | 'Webhook';
  readonly #sightings = new Map<string, Sightings>();

  constructor(gallery: Gallery, log: Logger, call: 'Watch' | 'Webhook') {
    this.#gallery = gallery;
    this.#log = log;
    this.#call = call;
  }

  async told(events: readonly StoredEvent[]): Promise<void> {
    const named = new Map<string, string[]>();
    for (const { collection, identity, previous } of events) {
      const ids = [identity, previous].flatMap((person) => person?.id ?? []);
      if (ids.length > 0) named.set(collection, [...(named.get(collection) ?? []), ...ids]);
    }
    await Promise.all([...named].map(([collection, ids]) => this.#of(collection).named(ids)));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sightings.values()].map((seen) => seen.close()));
  }

  #of(collection: string): Sightings {
    const known = this.#sightings.get(collection) ?? new Sightings(this.#gallery, collection, this.#log, this.#call);
    this.#sightings.set(collection, known);
    return known;
  }
}

function filterOf({ cameras, kinds, identityIds, collections }: WatchRequest__Output, principal: Principal): EventFilter {
  const list = (field: string, given: readonly string[], [most, longest]: readonly [number, number]): string[] => {
    if (given.length > most) throw invalid(field, 'TOO_MANY', `${field} has ${given.length} entries`, `send at most ${most}`);
    return given.map((entry, i) => nonEmpty(`${field}[${i}]`, entry, longest));
  };
  const wanted = list('collections', collections, [MOST.collections, LONGEST.id]).map((name, i) => permitted(principal, collectionName(`collections[${i}]`, name), 'collections'));
  return {
    cameras: list('cameras', cameras, [MOST.cameras, LONGEST.cameraId]),
    kinds: kinds.map((kind, i) => oneOf(`kinds[${i}]`, kind, EVENT_KINDS)),
    identityIds: list('identity_ids', identityIds, [MOST.identityIds, LONGEST.id]),
    collections: wanted.length > 0 ? wanted : (principal.collections ?? []),
  };
}
