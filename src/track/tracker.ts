import { assign } from './assignment.js';
import { holdOdds, looksOdds, MOST_ALIKE, placeOdds } from './odds.js';
import { type Observation, Track } from './track.js';

export interface TrackerOptions {
  /** Seconds for which a face may be out of sight and still be the same track. */
  readonly patience: number;
  /** Sightings that make a track of a face: one alone may be a false find. */
  readonly confirmAfter: number;
  /** Most tracks at a time; beyond it those that were not seen for longest end. */
  readonly mostTracks: number;
}

export const TRACKING_DEFAULTS: TrackerOptions = { patience: 5, confirmAfter: 2, mostTracks: 256 };

export interface Followed {
  /** The track of each observation; undefined for one that shows two faces, and for a weak one, one that was not embedded, or half of a face that has one, if it belongs to none. */
  readonly owners: readonly (Track | undefined)[];
  /** Tracks that ended since the frame before. */
  readonly ended: readonly Track[];
}

/** A face goes to a track with such odds; with less it is somebody new. */
const ENOUGH = 2;
/** To one that the frame before did not show it goes with such odds only: somebody else may have come out there. */
const ENOUGH_HIDDEN = 3;
/** And of two such the likelier one has to be so by these odds. */
const CLEARLY = 2;
/** Seconds out of sight after which a place alone holds nobody. */
const FORGETFUL = 0.5;
/** A new face that may with such odds be that of a hidden track is in doubt, and for so many seconds in sight. */
const DOUBT = -6;
const DOUBTED = 1;
/** But whose looks say that against it is somebody else, wherever they are. */
const STRANGER = -7;
/** What the odds of a track in doubt lack once it is out of sight itself. */
const UNSURE = 2;
/** A face that shows less says nothing of somebody who has shown more: half a face beside another head is at times found as one between the two. */
const HARDLY = 0.35;
/** Unless its looks say with such odds who it is. */
const PLAINLY = 6;
/** A find that is so much higher than the face it goes on from was a moment ago (logarithm of the ratio) is one face where two are. */
const SWOLLEN = 0.3;
/** Two detections nearer than this, in heights, are one face that was found twice. */
const SAME_SPOT = 0.3;

/**
 * Follows faces from frame to frame: by motion (constant velocity) and looks together, clear detections first, weak ones for what is left
 * (after SORT, Bewley et al. 2016, and ByteTrack, Zhang et al. 2022). Pure: time comes with the frames, which need not be evenly spaced.
 */
export class Tracker {
  private kept: Track[] = [];
  private ids = 0;
  private now = -Infinity;
  private before = -Infinity;

  constructor(readonly options: TrackerOptions = TRACKING_DEFAULTS) {}

  /**
   * @param at seconds; a little earlier than the last frame counts as the same time, earlier by more than the patience as a clock that was set
   * back: then every track ends, and following begins anew
   */
  update(seen: readonly Observation[], at: number): Followed {
    const reset = at < this.now - this.options.patience ? this.end() : [];
    this.before = this.now;
    this.now = Math.max(this.now, at);
    const { patience, mostTracks } = this.options;
    const late = this.forget(this.kept.filter(({ lastSeen }) => this.now - lastSeen > patience));
    for (const track of this.kept) track.motion.predict(this.now);
    const owners = new Array<Track | undefined>(seen.length).fill(undefined);
    const holds = (track: Track, one: Observation): number => (isDouble(one, seen, owners) ? -Infinity : this.held(track, one));
    this.pair(seen, owners, (one) => one.kind === 'STRONG' && !showsHardly(one), (track, one) => this.odds(track, one));
    this.pair(seen, owners, showsHardly, (track, one) => (tells(track, one) ? this.odds(track, one) : holds(track, withoutLooks(one))));
    const swollen = this.partSwollen(seen, owners);
    const observations = seen.map((one, i) => (owners[i] !== undefined && showsHardly(one) && !hasShownHardly(owners[i]) ? withoutLooks(one) : one));
    this.pair(seen, owners, ({ kind }) => kind === 'WEAK', holds);
    const mistaken = this.reclaim(observations, owners);
    const hidden = this.kept.filter((track) => !owners.includes(track));
    const isPart = (one: Observation): boolean => showsHardly(one) && (isDouble(one, seen, owners) || hidden.some((track) => this.isPlaceOf(track, one)));
    observations.forEach((one, i) => {
      if (owners[i] === undefined && !swollen.has(one) && !isPart(one)) owners[i] = this.begin(one, hidden);
      owners[i]?.see(one, this.now);
    });
    this.introduce(owners.filter((track) => track !== undefined));
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

  /** Pairs so that the odds are best in all; whom they are not good enough for has nobody. */
  private pair(all: readonly Observation[], owners: (Track | undefined)[], which: (seen: Observation) => boolean, odds: (track: Track, seen: Observation) => number): void {
    const wanted = all.flatMap((seen, i) => (which(seen) && owners[i] === undefined ? [i] : []));
    const busy = new Set(owners);
    const free = this.kept.filter((track) => !busy.has(track));
    if (free.length === 0 || wanted.length === 0) return;
    const found = free.map((track) => wanted.map((i) => odds(track, all[i] as Observation)));
    const hidden = free.map(({ lastSeen }) => lastSeen < this.before);
    const isRivalled = (row: number, column: number, own: number): boolean => found.some((others, other) => other !== row && hidden[other] === true && (others[column] as number) > own - CLEARLY);
    const costs = found.map((row, i) => row.map((own, j) => {
      const taken = hidden[i] === true ? own > ENOUGH_HIDDEN && !isRivalled(i, j, own) : own > ENOUGH;
      return taken ? -own : 0;
    }));
    assign(costs).forEach((column, row) => {
      if ((costs[row]?.[column] ?? 0) < 0) owners[wanted[column] as number] = free[row];
    });
  }

  /** Takes from their tracks the finds that are one box round two faces, and says which they are. */
  private partSwollen(all: readonly Observation[], owners: (Track | undefined)[]): ReadonlySet<Observation> {
    const swollen = new Set<Observation>();
    owners.forEach((track, i) => {
      const seen = all[i] as Observation;
      if (track === undefined || this.now - track.lastSeen > FORGETFUL || track.motion.surprise(seen).growth <= SWOLLEN) return;
      swollen.add(seen);
      owners[i] = undefined;
    });
    return swollen;
  }

  private odds(track: Track, seen: Observation): number {
    if (seen.view === undefined && this.now - track.lastSeen > FORGETFUL) return -Infinity;
    const place = placeOdds(track, seen, this.now) - (track.inDoubt && track.lastSeen < this.before ? UNSURE : 0);
    return seen.view === undefined || place + MOST_ALIKE <= ENOUGH ? place : place + looksOdds(track, seen.view);
  }

  /** By place alone, and that only while the place is known. */
  private held(track: Track, seen: Observation): number {
    return this.now - track.lastSeen > FORGETFUL ? -Infinity : holdOdds(track, seen);
  }

  /** Whether one who was seen a moment ago would be found there. */
  private isPlaceOf(track: Track, seen: Observation): boolean {
    return this.now - track.lastSeen <= FORGETFUL && placeOdds(track, seen, this.now) > 0;
  }

  /**
   * A face that comes out half hidden, or with something on, may be nobody's at first, and begins a track; once it shows enough it may be seen to be that
   * of one that was told of and was never seen beside it. Then that goes on, and the young one ends. While that may still happen the young one is in doubt, and
   * nobody is told of it.
   */
  private reclaim(all: readonly Observation[], owners: (Track | undefined)[]): Track[] {
    const mistaken: Track[] = [];
    owners.forEach((young, i) => {
      const seen = all[i] as Observation;
      if (young === undefined || young.told || seen.view === undefined) return;
      if (young.inDoubt && young.lastSeen === this.before) young.doubted += this.now - this.before;
      const hidden = young.doubted > DOUBTED ? [] : this.kept.filter((track) => track.told && !owners.includes(track) && !young.met.has(track));
      const rivals = hidden.map((track) => ({ track, odds: this.odds(track, seen) })).sort((a, b) => b.odds - a.odds);
      const [best] = rivals;
      young.inDoubt = rivals.some(({ track, odds }) => mayBe(track, seen, odds));
      if (best === undefined || best.odds <= 0) return;
      owners[i] = best.track;
      mistaken.push(young);
    });
    return mistaken;
  }

  /** Whoever is in doubt no longer may be told of; until then all who are seen beside it are not it. */
  private introduce(here: readonly Track[]): void {
    for (const track of here) {
      if (track.told) continue;
      track.told = track.sightings >= this.options.confirmAfter && !track.inDoubt;
      for (const other of here) track.met.add(other);
    }
  }

  private begin(seen: Observation, hidden: readonly Track[]): Track | undefined {
    if (seen.kind === 'WEAK' || seen.view === undefined) return undefined;
    const track = new Track(++this.ids, seen, this.now);
    track.inDoubt = hidden.some((other) => other.told && mayBe(other, seen, this.odds(other, seen)));
    this.kept.push(track);
    return track;
  }

  private forget(going: readonly Track[]): readonly Track[] {
    for (const track of going) track.ended = true;
    if (going.length > 0) this.kept = this.kept.filter(({ ended }) => !ended);
    return going;
  }
}

/** Whether a face might be that of a track of such odds. */
const mayBe = (track: Track, { view }: Observation, odds: number): boolean => odds > DOUBT && (view === undefined || looksOdds(track, view) > STRANGER);

const showsHardly = ({ view }: Observation): boolean => view !== undefined && view.visibility < HARDLY;

const hasShownHardly = ({ looks }: Track): boolean => (looks?.visibility ?? 0) < HARDLY;

/** Whether the looks of one that shows hardly anything count with this track. */
const tells = (track: Track, { view }: Observation): boolean => hasShownHardly(track) || (view !== undefined && looksOdds(track, view) > PLAINLY);

/** All that it says is where something is. */
const withoutLooks = ({ box, middle, score }: Observation): Observation => ({ box, middle, score, kind: 'WEAK' });

/** Whether it is near a detection that a track has already. */
function isDouble({ box, middle }: Observation, all: readonly Observation[], owners: readonly (Track | undefined)[]): boolean {
  return all.some((other, i) => owners[i] !== undefined && Math.hypot(other.middle.x - middle.x, other.middle.y - middle.y) < SAME_SPOT * Math.max(box.height, other.box.height));
}
