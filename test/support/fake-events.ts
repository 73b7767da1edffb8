import type { EventFilter, EventHead, EventPage, EventPerson, EventStore, NewEvent, StoredEvent } from '../../src/gallery/events.js';

const PAGE = 256;

/** Events in memory. */
export class FakeEvents implements EventStore {
  readonly told: StoredEvent[] = [];
  swept = 0;
  /** How often a page was asked for. */
  pages = 0;
  /** The last event that a webhook is known to have taken. */
  taken = 0;
  readonly #hooks = new Map<string, number>();

  addEvents(events: readonly NewEvent[]): Promise<void> {
    for (const { identity, previous, ...event } of events) {
      this.told.push({ ...event, number: this.told.length + 1, ...(identity !== undefined && { identity: this.#person(identity) }), ...(previous && { previous: this.#person(previous.id) }) });
    }
    return Promise.resolve();
  }

  events(after: number, filter: EventFilter): Promise<EventPage> {
    this.pages += 1;
    const events = this.told.filter((event) => event.number > after && event.number > this.swept && passes(event, filter)).slice(0, PAGE);
    const full = events.length === PAGE;
    return Promise.resolve({ events, lookedTo: full ? (events.at(-1)?.number ?? 0) : Math.max(after, this.told.length), more: full, swept: this.swept });
  }

  eventHead(): Promise<EventHead> {
    return Promise.resolve({ line: '0badcafe', swept: this.swept, newest: this.told.length });
  }

  nameOf(id: string): string {
    return `name of ${id}`;
  }

  #person(id: string): EventPerson {
    return { id, name: this.nameOf(id), externalId: '' };
  }

  hooked(hook: string): Promise<number | undefined> {
    return Promise.resolve(this.#hooks.get(hook));
  }

  setHooked(hook: string, number: number): Promise<void> {
    this.#hooks.set(hook, number);
    this.taken = number;
    return Promise.resolve();
  }
}

function passes({ camera, kind, collection, identity, previous }: StoredEvent, { cameras, kinds, identityIds, collections }: EventFilter): boolean {
  const among = <T>(list: readonly T[], value: T): boolean => list.length === 0 || list.includes(value);
  const ids = [identity?.id, previous?.id];
  return among(cameras, camera) && among(kinds, kind) && among(collections, collection) && (identityIds.length === 0 || ids.some((id) => id !== undefined && identityIds.includes(id)));
}
