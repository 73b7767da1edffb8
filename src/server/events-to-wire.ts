import type { EventPerson, StoredEvent } from '../gallery/events.js';
import type { Event as WireEvent } from '../generated/glimpse/v1/Event.js';
import { timestamp } from './time-to-wire.js';

export function wireEvent({ kind, visit: visitId, camera: cameraId, collection, at, identity, previous, details }: StoredEvent): WireEvent {
  const { trackId, firstSeen, lastSeen, box, zones, reason, anonymousId = '', similarity = 0, threshold = 0 } = details;
  return {
    kind, visitId, cameraId, collection, trackId, box, zones: [...zones], reason, anonymousId,
    at: stamp(at), firstSeen: stamp(firstSeen), lastSeen: stamp(lastSeen),
    ...(identity && { identity: { ...person(identity), similarity, threshold } }),
    ...(previous && { previous: person(previous) }),
  };
}

/** As it is posted to a webhook, and as `glimpse watch --json` prints it. */
export function eventJson(event: StoredEvent, cursor: string): object {
  const { kind, visit: visitId, camera: cameraId, collection, at, identity, previous, details } = event;
  const { trackId, firstSeen, lastSeen, box, zones, reason, anonymousId, similarity, threshold } = details;
  return {
    cursor, kind, visitId, cameraId, collection, at: iso(at), firstSeen: iso(firstSeen), lastSeen: iso(lastSeen), trackId, box, zones,
    ...(identity && { identity: { ...person(identity), similarity, threshold } }),
    ...(previous && { previous: person(previous) }),
    ...(anonymousId !== undefined && { anonymousId }), reason,
  };
}

const person = ({ id: identityId, externalId, name }: EventPerson): { identityId: string; externalId: string; name: string } => ({ identityId, externalId, name });
const stamp = (ms: number): ReturnType<typeof timestamp> => timestamp(new Date(ms));
const iso = (ms: number): string => new Date(ms).toISOString();
