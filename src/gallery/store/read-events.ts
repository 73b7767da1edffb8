import type { EventKind } from '../../types.js';
import type { Connection } from '../database.js';
import type { EventDetails, EventFilter, EventHead, EventPage, EventPerson, StoredEvent } from '../events.js';

/** Most events of a page, and most that are looked at for one, so that a filter that lets few pass holds nobody up. */
const PAGE = 256;
const WINDOW = 20_000;

interface Row {
  readonly number: number;
  readonly kind: EventKind;
  readonly visit: string;
  readonly camera: string;
  readonly collection: string;
  readonly at: number;
  readonly details: string;
  readonly id: string | null;
  readonly name: string;
  readonly externalId: string | null;
  readonly previousId: string | null;
  readonly previousName: string;
  readonly previousExternalId: string | null;
}

const among = (column: string, list: string): string => `(json_array_length(@${list}) = 0 OR ${column} IN (SELECT value FROM json_each(@${list})))`;
const lives = (identity: string): string => `(${identity}.expires_at IS NULL OR ${identity}.expires_at > @now)`;

export function eventReader(db: Connection) {
  const page = db.prepare<[Record<string, string | number>], Row>(
    `SELECT e.number, e.kind, e.visit, e.camera, e.collection, e.at, e.details,
       i.id, i.name, i.external_id AS externalId, p.id AS previousId, p.name AS previousName, p.external_id AS previousExternalId
     FROM event e LEFT JOIN identity i ON i.number = e.identity LEFT JOIN identity p ON p.number = e.previous LEFT JOIN identity o ON o.number = e.owner
     WHERE e.number > @after AND e.number <= @until AND ${among('e.camera', 'cameras')} AND ${among('e.kind', 'kinds')} AND ${among('e.collection', 'collections')}
       AND (json_array_length(@identityIds) = 0 OR i.id IN (SELECT value FROM json_each(@identityIds)) OR p.id IN (SELECT value FROM json_each(@identityIds)))
       AND ${lives('i')} AND ${lives('p')} AND ${lives('o')} AND e.seal IS (SELECT due FROM event_seal s WHERE s.number = e.number)
     ORDER BY e.number LIMIT ${PAGE}`);
  const newest = db.prepare<[], number>('SELECT coalesce(max(number), 0) FROM event').pluck();
  const head = db.prepare<[], EventHead>(
    "SELECT line, swept, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'event'), 0) AS newest FROM event_head");
  const hooked = db.prepare<[string], number>('SELECT hooked FROM event_head WHERE hook = ?').pluck();
  const oldest = db.prepare<[], number>('SELECT written_at FROM event ORDER BY number LIMIT 1').pluck();
  return {
    page: ({ after, filter }: { readonly after: number; readonly filter: EventFilter }): EventPage => {
      const until = Math.min(newest.get() ?? 0, after + WINDOW);
      const lists = Object.fromEntries(Object.entries(filter).map(([name, list]) => [name, JSON.stringify(list)]));
      const events = page.all({ after, until, now: Date.now(), ...lists }).map(toEvent);
      const full = events.length === PAGE;
      return { events, lookedTo: Math.max(after, full ? (events.at(-1)?.number ?? 0) : until), more: full || until === after + WINDOW, swept: head.get()?.swept ?? 0 };
    },
    head: (): EventHead => head.get() as EventHead,
    hooked: (hook: string): number | undefined => hooked.get(hook),
    /** Whether the oldest was written by this time, in milliseconds since 1970. */
    anyUntil: (time: number): boolean => (oldest.get() ?? Infinity) <= time,
  };
}

function toEvent({ details, id, name, externalId, previousId, previousName, previousExternalId, ...event }: Row): StoredEvent {
  const person = (of: string | null, called: string, external: string | null): EventPerson | undefined => (of === null ? undefined : { id: of, name: called, externalId: external ?? '' });
  const [identity, previous] = [person(id, name, externalId), person(previousId, previousName, previousExternalId)];
  return { ...event, details: JSON.parse(details) as EventDetails, ...(identity && { identity }), ...(previous && { previous }) };
}
