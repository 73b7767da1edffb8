import type { Box, EventKind } from '../types.js';
import type { Zone } from './zones.js';

/** Somebody in the gallery, and how near the face came to them. */
export interface Named {
  readonly collection: string;
  readonly identityId: string;
  readonly similarity: number;
  /** The similarity that had to be reached. */
  readonly threshold: number;
}

/** What visits have to know of a track after a frame. */
export interface VisitTrack {
  readonly trackId: number;
  readonly box: Box;
  /** Only a confirmed one was seen in this frame and is no false find. */
  readonly state: 'TENTATIVE' | 'CONFIRMED' | 'HIDDEN' | 'ENDED';
  /** What is made of all that the track has shown so far. */
  readonly decision: { readonly kind: 'KNOWN' | 'UNKNOWN' | 'POOR'; readonly threshold: number };
  /** Best first. */
  readonly matches: readonly Omit<Named, 'threshold'>[];
  /** The track's template: unit length. */
  readonly template?: Float32Array;
}

export interface VisitFrame {
  /** Of the picture. */
  readonly width: number;
  readonly height: number;
  /** When it was taken: milliseconds since 1970. */
  readonly at: number;
  readonly tracks: readonly VisitTrack[];
}

export interface VisitOptions {
  /** Frames in a row that have to speak for the same person. */
  readonly confirmationFrames: number;
  /** Milliseconds out of sight after which somebody has left. */
  readonly absenceMs: number;
  /** Milliseconds after a visit was told of in which the same person's return is not told. */
  readonly cooldownMs: number;
  /** Only faces in one of them count; none: all count. */
  readonly zones: readonly Zone[];
  /** Shorter side of the box in pixels, under which a face does not count. */
  readonly minFaceSize: number;
  /** The cosine of two templates from which on they are taken for the same person's. */
  readonly alike: number;
}

export const VISIT_DEFAULTS = { confirmationFrames: 3, absenceMs: 5_000, cooldownMs: 0, zones: [], minFaceSize: 0 } as const satisfies Omit<VisitOptions, 'alike'>;

/** What happened, with nothing in it that says who it was but ids. Times are milliseconds since 1970, of the frames. */
export interface VisitEvent {
  readonly kind: EventKind;
  /** Counts up from 1 within a stream. */
  readonly visit: number;
  readonly trackId: number;
  readonly at: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Where the face was last, in pixels, and in which zones. */
  readonly box: Box;
  readonly zones: readonly string[];
  /** Who it is taken for; absent: nobody known. */
  readonly identity?: Named;
  /** Who it was taken for before a change. */
  readonly previous?: Named;
  /** Of somebody unknown: the same for the same person, as far as that is followed. */
  readonly anonymousId?: string;
  /** One sentence for people, without names. */
  readonly reason: string;
}

/** Where strangers are known again by their looks. */
export interface Strangers {
  /** The id of whoever looks like that; that of this visit if nobody does. */
  recognise(template: Float32Array, at: number, visit: number): string;
  remember(id: string, template: Float32Array, at: number): void;
  /** They turned out to be somebody known. */
  forget(id: string): void;
}

/** One stay of one person before a camera. */
export class Visit {
  trackId: number;
  box: Box;
  zones: readonly string[] = [];
  template: Float32Array | undefined;
  lastSeen: number;
  /** The frames that counted. */
  sightings = 0;
  identity: Named | undefined;
  anonymousId: string | undefined;
  /** `quiet`: a return within the cooldown, of which nothing is told. */
  told: 'not yet' | 'yes' | 'quiet' = 'not yet';
  /** For whom the last frames spoke, and how many. */
  #speaksFor: Named | undefined;
  #frames = 0;
  /** Since when every frame said UNKNOWN. */
  #unknown: { readonly since: number; frames: number } | undefined;

  constructor(
    readonly number: number,
    { trackId, box }: VisitTrack,
    readonly firstSeen: number,
  ) {
    this.trackId = trackId;
    this.box = box;
    this.lastSeen = firstSeen;
  }

  see({ box, decision, matches: [best], template }: VisitTrack, zones: readonly string[], at: number): void {
    this.box = box;
    this.zones = zones;
    this.lastSeen = at;
    this.sightings += 1;
    if (template !== undefined) this.template = template;
    // Too little to see speaks neither for anybody nor against.
    if (decision.kind === 'POOR') return;
    const named = decision.kind === 'KNOWN' && best !== undefined ? namedBy(best, decision.threshold) : undefined;
    this.#frames = isSame(named, this.#speaksFor) ? this.#frames + 1 : 1;
    this.#speaksFor = named;
    if (named !== undefined) this.#unknown = undefined;
    else this.#unknown = { since: this.#unknown?.since ?? at, frames: (this.#unknown?.frames ?? 0) + 1 };
  }

  /** For whom so many frames in a row speak. */
  confirmed(frames: number): Named | undefined {
    return this.#frames >= frames ? this.#speaksFor : undefined;
  }

  /** Whether so many frames, and all for so long, knew nobody. */
  unknownFor(frames: number, ms: number): boolean {
    return this.#unknown !== undefined && this.#unknown.frames >= frames && this.lastSeen - this.#unknown.since >= ms;
  }

  /** Goes on under another track, which a visit that was not told of yet had begun. */
  goOnAs(later: Visit): void {
    const { trackId, box, zones, lastSeen, template } = later;
    Object.assign(this, { trackId, box, zones, lastSeen, sightings: this.sightings + later.sightings, template: template ?? this.template });
    this.#speaksFor = later.#speaksFor;
    this.#frames = later.#frames;
    this.#unknown = later.#unknown;
  }

  event(kind: EventKind, at: number, reason: string, previous?: Named): VisitEvent {
    const { number: visit, trackId, firstSeen, lastSeen, box, zones, identity, anonymousId } = this;
    const who = identity === undefined ? { anonymousId: anonymousId ?? String(visit) } : { identity };
    return { kind, visit, trackId, at, firstSeen, lastSeen, box, zones, ...who, ...(previous && { previous }), reason };
  }
}

const namedBy = ({ collection, identityId, similarity }: Omit<Named, 'threshold'>, threshold: number): Named => ({ collection, identityId, similarity, threshold });

export const isSame = (a: Named | undefined, b: Named | undefined): boolean => a?.identityId === b?.identityId && a?.collection === b?.collection;
