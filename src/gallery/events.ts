import type { Box, EventKind } from '../types.js';

/** What a camera's stream tells of a visit. Times are milliseconds since 1970, of the frames. */
export interface NewEvent {
  readonly kind: EventKind;
  /** The same for all events of a visit, and for no others. */
  readonly visit: string;
  readonly camera: string;
  /** Of whoever is known, else the first that was searched. */
  readonly collection: string;
  readonly at: number;
  /** Its id. */
  readonly identity?: string;
  /** Whom the face was taken for before, and in which collection. */
  readonly previous?: { readonly collection: string; readonly id: string };
  readonly details: EventDetails;
}

/** What is stored as it is. Nothing in it may name anybody. */
export interface EventDetails {
  readonly trackId: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Pixels of the frame. */
  readonly box: Box;
  readonly zones: readonly string[];
  readonly reason: string;
  readonly anonymousId?: string;
  /** Of the identity with the track, and what had to be reached. */
  readonly similarity?: number;
  readonly threshold?: number;
}

/** Whoever an event is about, as they are called now. */
export interface EventPerson {
  readonly id: string;
  readonly externalId: string;
  readonly name: string;
}

export interface StoredEvent extends Omit<NewEvent, 'identity' | 'previous'> {
  /** Later events have greater ones. */
  readonly number: number;
  readonly identity?: EventPerson;
  readonly previous?: EventPerson;
}

/** Which events; an empty list lets all pass. */
export interface EventFilter {
  readonly cameras: readonly string[];
  readonly kinds: readonly EventKind[];
  readonly identityIds: readonly string[];
  readonly collections: readonly string[];
}

export interface EventPage {
  readonly events: readonly StoredEvent[];
  /** Up to here there are no others. */
  readonly lookedTo: number;
  /** Whether more may follow at once. */
  readonly more: boolean;
  /** Events up to this number may have been swept. */
  readonly swept: number;
}

export interface EventHead {
  /** Cursors of another line are of another gallery. */
  readonly line: string;
  /** Events up to this number may have been swept. */
  readonly swept: number;
  /** The newest that was ever written. */
  readonly newest: number;
}

/** Events, kept for a set time. What is told of an identity goes with it. */
export interface EventStore {
  /** Resolves once they are on disk. Of somebody who was erased meanwhile nothing is kept. */
  addEvents(events: readonly NewEvent[]): Promise<void>;
  /** The next ones after a number, oldest first; none of anybody who has expired, and no damaged ones. */
  events(after: number, filter: EventFilter): Promise<EventPage>;
  eventHead(): Promise<EventHead>;
  /** How far a webhook is, by the hash of its address; absent: it is new. */
  hooked(hook: string): Promise<number | undefined>;
  setHooked(hook: string, number: number): Promise<void>;
}
