import { assign, FORBIDDEN } from './assignment.js';
import { overlap } from './overlap.js';
import { type Observation, Track } from './track.js';

export interface TrackerOptions {
  /** Seconds for which a face may be out of sight and still be the same track. */
  readonly patience: number;
  /** Sightings that make a track of a face: one alone may be a false find. */
  readonly confirmAfter: number;
  /** Most tracks at a time; beyond it those that were not seen for longest end. */
  readonly mostTracks: number;
}

export const DEFAULTS: TrackerOptions = { patience: 3, confirmAfter: 2, mostTracks: 256 };

export interface Followed {
  /** The track of each observation; undefined for a weak one, or one that was not embedded, that belongs to none. */
  readonly owners: readonly (Track | undefined)[];
  /** Tracks that ended since the frame before. */
  readonly ended: readonly Track[];
}

/** Beyond so many standard deviations a face did not get there. */
const GATE = 4;
/** After so many seconds out of sight the place says little, and the looks have to speak for it; where it is very much in place, twice as many. */
const FORGETFUL = 0.5;
/**
 * The least cosine at which looks alone are believed, by how much of the face they show. In rendered crowds one of a thousand pairs of different people
 * exceeds 0.40 where half of both can be seen and 0.47 where all can; of the same person in the next frame 75 of 100 and 99 of 100 do.
 */
const lookalike = (shared: number): number => 0.35 + 0.1 * shared;
/** What more is asked for of a face that is not where it is expected. */
const ELSEWHERE = 0.1;
/**
 * What a face has to be like to be the one that was in its place a moment ago; a person who steps into another's place is not. The better it is in place,
 * the less.
 */
function stranger(shared: number, inPlace: number): number {
  if (shared < TELLING) return -1;
  if (inPlace < WELL_PLACED) return 0.4;
  return shared < 0.7 ? 0.2 : 0.3;
}
/** The share of a face from which on its looks can say that it is not somebody's. */
const TELLING = 0.5;
/** The overlap with where a face is expected from which on its place says much. */
const WELL_PLACED = 0.6;
/** A pair that is neither near nor alike is none. */
const DEAREST = 1.5;
/** What a face costs that was not embedded: as much as one that looks as people look from frame to frame. */
const UNLOOKED = 0.3;
/** How far a face can have gone that was not going there, for people turn round; in its heights: at once (boxes jump when faces are half hidden), and each second. */
const [JUMP, FASTEST] = [0.5, 8];
/** Seconds within which a new track may turn out to be the face of one that is hidden. */
const YOUNG = 1.5;
/** The least overlap at which a face holds a track by its place alone. */
const HOLD = 0.3;

/**
 * Follows faces from frame to frame: by motion (constant velocity) and looks together, clear detections first, weak ones for what is left
 * (after SORT, Bewley et al. 2016, and ByteTrack, Zhang et al. 2022). Pure: time comes with the frames, which need not be evenly spaced.
 */
export class Tracker {
  private kept: Track[] = [];
  private ids = 0;
  private now = -Infinity;

  constructor(readonly options: TrackerOptions = DEFAULTS) {}

  /**
   * @param at seconds; a little earlier than the last frame counts as the same time, earlier by more than the patience as a clock that was set
   * back: then every track ends, and following begins anew
   */
  update(observations: readonly Observation[], at: number): Followed {
    const reset = at < this.now - this.options.patience ? this.end() : [];
    this.now = Math.max(this.now, at);
    const { patience, mostTracks } = this.options;
    const late = this.forget(this.kept.filter(({ lastSeen }) => this.now - lastSeen > patience));
    for (const track of this.kept) track.motion.predict(this.now);
    const owners = new Array<Track | undefined>(observations.length).fill(undefined);
    this.pair(observations, owners, 'STRONG', (track, seen) => this.price(track, seen));
    this.pair(observations, owners, 'STRONG', (track, seen) => this.recalled(track, seen));
    this.pair(observations, owners, 'WEAK', (track, seen) => this.held(track, seen));
    const mistaken = this.reclaim(observations, owners);
    observations.forEach((seen, i) => {
      owners[i] ??= this.begin(seen);
      owners[i]?.see(seen, this.now);
    });
    for (const track of this.kept) track.settleDoubt(this.now - track.firstSeen > YOUNG);
    const crowd = this.kept.length <= mostTracks ? [] : this.kept.toSorted((a, b) => b.lastSeen - a.lastSeen).slice(mostTracks);
    return { owners, ended: [...reset, ...late, ...this.forget([...mistaken, ...crowd])] };
  }

  /** Every track that lives, in the order of their ids. */
  get tracks(): readonly Track[] {
    return this.kept;
  }

  /** Ends all tracks. */
  end(): readonly Track[] {
    this.now = -Infinity;
    return this.forget(this.kept);
  }

  private pair(all: readonly Observation[], owners: (Track | undefined)[], kind: Observation['kind'], price: (track: Track, seen: Observation) => number): void {
    const wanted = all.flatMap((seen, i) => (seen.kind === kind && owners[i] === undefined ? [i] : []));
    const taken = new Set(owners);
    const free = this.kept.filter((track) => !taken.has(track));
    if (free.length === 0 || wanted.length === 0) return;
    const costs = free.map((track) => wanted.map((i) => price(track, all[i] as Observation)));
    assign(costs).forEach((column, row) => {
      if (column >= 0) owners[wanted[column] as number] = free[row];
    });
  }

  /** 0 for the same place and the same looks, DEAREST at most. */
  private price(track: Track, seen: Observation): number {
    const { motion, looks, lastSeen } = track;
    const { box, view } = seen;
    const place = motion.distance(box) / GATE;
    if (place > 1) return FORBIDDEN;
    if (view === undefined || looks === undefined) return this.held(track, seen) < FORBIDDEN ? place + UNLOOKED : FORBIDDEN;
    const alike = looks.alike(view);
    const [shared, inPlace] = [looks.shared(view), overlap(motion.box, box)];
    const needed = this.now - lastSeen <= (inPlace < WELL_PLACED ? 1 : 2) * FORGETFUL ? stranger(shared, inPlace) : lookalike(shared) + (inPlace < HOLD ? ELSEWHERE : 0);
    if (alike < needed) return FORBIDDEN;
    const cost = place + (1 - Math.max(0, alike));
    return cost > DEAREST ? FORBIDDEN : cost;
  }

  /**
   * A face that comes out half hidden may be nobody's at first, and begins a track; once it shows enough it may be seen to be that of a hidden one. Then
   * that goes on, and the young one ends.
   */
  private reclaim(all: readonly Observation[], owners: (Track | undefined)[]): Track[] {
    const mistaken: Track[] = [];
    owners.forEach((young, i) => {
      const seen = all[i] as Observation;
      if (young === undefined || this.now - young.firstSeen > YOUNG || (seen.view?.visibility ?? 0) < TELLING) return;
      const before = this.kept.filter((track) => track.lastSeen < young.firstSeen && !owners.includes(track));
      const [best] = before.map((track) => ({ track, price: this.recalled(track, seen) })).sort((a, b) => a.price - b.price);
      if (best === undefined || best.price >= FORBIDDEN) return;
      owners[i] = best.track;
      mistaken.push(young);
    });
    return mistaken;
  }

  /** By looks alone, anywhere that can be reached. */
  private recalled(track: Track, seen: Observation): number {
    const [{ looks }, { view }] = [track, seen];
    if (view === undefined || looks === undefined) return FORBIDDEN;
    if (!this.reaches(track, seen)) return FORBIDDEN;
    const alike = looks.alike(view);
    return alike < lookalike(looks.shared(view)) + ELSEWHERE ? FORBIDDEN : 1 - alike;
  }

  private reaches({ lastBox, lastSeen }: Track, { box }: Observation): boolean {
    const way = Math.hypot(box.x + box.width / 2 - lastBox.x - lastBox.width / 2, box.y + box.height / 2 - lastBox.y - lastBox.height / 2);
    return way <= lastBox.height * (JUMP + FASTEST * (this.now - lastSeen));
  }

  /** By place alone, and that only while the place is known. */
  private held({ motion, lastSeen }: Track, { box }: Observation): number {
    if (this.now - lastSeen > FORGETFUL) return FORBIDDEN;
    const shared = overlap(motion.box, box);
    return shared < HOLD ? FORBIDDEN : 1 - shared;
  }

  private begin(seen: Observation): Track | undefined {
    if (seen.kind === 'WEAK' || seen.view === undefined) return undefined;
    const track = new Track(++this.ids, seen, this.now);
    track.inDoubt = this.kept.some((other) => other.lastSeen < this.now && this.reaches(other, seen));
    this.kept.push(track);
    return track;
  }

  private forget(going: readonly Track[]): readonly Track[] {
    for (const track of going) track.ended = true;
    if (going.length > 0) this.kept = this.kept.filter(({ ended }) => !ended);
    return going;
  }
}
