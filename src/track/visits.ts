import { cosine } from '../cosine.js';
import { isSame, type Named, type Strangers, Visit, type VisitEvent, type VisitFrame, type VisitOptions, type VisitTrack } from './visit.js';
import { type FrameSize, zonesAt } from './zones.js';

/** How long it may take to see who somebody is before they are told of as unknown: milliseconds. */
const SETTLE_MS = 1_000;
/** Most visits at a time, and most returns that a cooldown waits for; beyond it the oldest goes. */
const MOST = 1_000;

/**
 * Turns tracked faces into visits: APPEARED, CONFIRMED, CHANGED, LEFT. Pure: it knows no time but that of the frames, so the same frames give the same events.
 * A visit is told of whole or not at all: whoever appeared has left once, at the latest when the stream ends.
 */
export class Visits {
  readonly #options: VisitOptions;
  readonly #strangers: Strangers | undefined;
  readonly #byTrack = new Map<number, Visit>();
  /** When a person's last visit that was told of ended, by who it was; the oldest first. */
  readonly #cooling = new Map<string, number>();
  #at = -Infinity;
  #count = 0;
  #events: VisitEvent[] = [];

  constructor(options: VisitOptions, strangers?: Strangers) {
    this.#options = options;
    this.#strangers = strangers;
  }

  /** What happened by the time of this frame. Frames come in order; one of an earlier time than the last ends every visit: the camera's clock was set back. */
  update({ tracks, at, ...size }: VisitFrame): VisitEvent[] {
    if (at < this.#at) this.#setBack();
    this.#at = at;
    const ended = new Set<Visit>();
    for (const track of tracks.toSorted((a, b) => a.trackId - b.trackId)) {
      if (track.state === 'CONFIRMED') this.#see(track, size);
      const visit = this.#byTrack.get(track.trackId);
      if (track.state === 'ENDED' && visit !== undefined) ended.add(visit);
    }
    // After seeing: a gap between two frames is nobody's absence.
    const { absenceMs } = this.#options;
    for (const visit of this.#open()) if (at - visit.lastSeen >= absenceMs) this.#leave(visit, visit.lastSeen + absenceMs, `not seen for ${absenceMs / 1000} s`);
    for (const visit of this.#open()) this.#judge(visit, ended.has(visit));
    return this.#tell();
  }

  /** The stream is over: so is every visit. */
  end(): VisitEvent[] {
    for (const visit of this.#open()) this.#leave(visit, this.#at, 'the stream ended');
    return this.#tell();
  }

  #setBack(): void {
    for (const visit of this.#open()) this.#leave(visit, this.#at, 'the camera’s clock was set back');
    this.#cooling.clear();
  }

  #open(): Visit[] {
    return [...this.#byTrack.values()];
  }

  #tell(): VisitEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #see(track: VisitTrack, size: FrameSize): void {
    const { zones, minFaceSize } = this.#options;
    const within = zonesAt(zones, track.box, size);
    if (Math.min(track.box.width, track.box.height) < minFaceSize || (zones.length > 0 && within.length === 0)) return;
    const visit = this.#byTrack.get(track.trackId) ?? this.#begin(track);
    visit.see(track, within, this.#at);
  }

  #begin(track: VisitTrack): Visit {
    if (this.#byTrack.size >= MOST) {
      const [oldest] = this.#open().sort((a, b) => a.lastSeen - b.lastSeen);
      if (oldest !== undefined) this.#leave(oldest, this.#at, 'too many people at a time');
    }
    const visit = new Visit(++this.#count, track, this.#at);
    this.#byTrack.set(track.trackId, visit);
    return visit;
  }

  #judge(visit: Visit, ended: boolean): void {
    // It may have become part of another, or have left, a moment ago.
    if (this.#byTrack.get(visit.trackId) !== visit) return;
    const { confirmationFrames } = this.#options;
    const who = visit.confirmed(confirmationFrames);
    if (visit.told === 'not yet') {
      const settled = who !== undefined || ended || visit.sightings >= confirmationFrames || this.#at - visit.firstSeen >= SETTLE_MS;
      if (settled) this.#settle(visit, who);
    } else if (visit.told === 'yes') this.#follow(visit, who);
  }

  /** Somebody is back, or is told of for the first time. */
  #settle(visit: Visit, who: Named | undefined): void {
    const before = this.#returning(visit, who);
    if (before !== undefined) {
      this.#byTrack.delete(before.trackId);
      before.goOnAs(visit);
      this.#byTrack.set(visit.trackId, before);
      return;
    }
    if (who !== undefined && visit.firstSeen - (this.#cooling.get(keyOf(who)) ?? -Infinity) < this.#options.cooldownMs) {
      visit.told = 'quiet';
      visit.identity = who;
      return;
    }
    this.#announce(visit);
    if (who !== undefined) this.#name(visit, who);
  }

  /** Who is out of sight and is the same person: by name where both have one, else by looks. */
  #returning(visit: Visit, who: Named | undefined): Visit | undefined {
    const away = this.#open().filter((other) => other !== visit && other.told !== 'not yet' && other.lastSeen < visit.firstSeen);
    const namesake = who && away.find(({ identity }) => isSame(identity, who));
    if (namesake !== undefined || visit.template === undefined) return namesake;
    const { template } = visit;
    const alike = away
      .filter((other) => who === undefined || other.identity === undefined)
      .map((other) => ({ other, likeness: other.template === undefined ? -1 : cosine(template, other.template) }))
      .sort((a, b) => b.likeness - a.likeness)[0];
    return alike !== undefined && alike.likeness >= this.#options.alike ? alike.other : undefined;
  }

  #announce(visit: Visit): void {
    visit.told = 'yes';
    if (visit.template !== undefined) visit.anonymousId = this.#strangers?.recognise(visit.template, this.#at, visit.number);
    this.#events.push(visit.event('APPEARED', this.#at, 'a face was seen'));
  }

  #follow(visit: Visit, who: Named | undefined): void {
    const { confirmationFrames, absenceMs } = this.#options;
    if (visit.identity === undefined) {
      if (who !== undefined) this.#name(visit, who);
      return;
    }
    const before = visit.identity;
    const gone = visit.unknownFor(confirmationFrames, absenceMs);
    if (who === undefined ? !gone : isSame(who, before)) return;
    visit.identity = who;
    const why = who === undefined ? `nobody known in any frame for ${absenceMs / 1000} s` : `${confirmationFrames} frames in a row spoke for another: ${figures(who)}`;
    this.#events.push(visit.event('CHANGED', this.#at, why, before));
  }

  #name(visit: Visit, who: Named): void {
    for (const other of this.#open()) {
      const away = other !== visit && other.lastSeen < this.#at;
      if (away && isSame(other.identity, who)) this.#leave(other, this.#at, `seen again as visit ${visit.number}`);
    }
    if (visit.anonymousId !== undefined) this.#strangers?.forget(visit.anonymousId);
    visit.identity = who;
    this.#events.push(visit.event('CONFIRMED', this.#at, `${this.#options.confirmationFrames} frames in a row: ${figures(who)}`));
  }

  #leave(visit: Visit, at: number, reason: string): void {
    this.#byTrack.delete(visit.trackId);
    if (visit.told === 'quiet') return;
    if (visit.told === 'not yet') this.#announce(visit);
    this.#events.push(visit.event('LEFT', at, reason));
    const { identity, anonymousId, template } = visit;
    if (identity !== undefined) this.#cool(keyOf(identity), visit.lastSeen);
    else if (anonymousId !== undefined && template !== undefined) this.#strangers?.remember(anonymousId, template, visit.lastSeen);
  }

  #cool(key: string, at: number): void {
    if (this.#options.cooldownMs === 0) return;
    this.#cooling.delete(key);
    this.#cooling.set(key, at);
    const [oldest] = this.#cooling.keys();
    if (this.#cooling.size > MOST && oldest !== undefined) this.#cooling.delete(oldest);
  }
}

const keyOf = ({ collection, identityId }: Named): string => `${collection}/${identityId}`;
const figures = ({ similarity, threshold }: Named): string => `similarity ${similarity.toFixed(3)}, threshold ${threshold.toFixed(3)}`;
