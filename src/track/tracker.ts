import type { Box } from '../types.js';
import { assign, FORBIDDEN } from './assignment.js';
import { Motion } from './motion.js';
import { overlap } from './overlap.js';

/** A face as one frame shows it. */
export interface Observation {
  readonly box: Box;
  /** Detection score, 0 to 1. */
  readonly score: number;
  /** Unit length; absent for a weak detection, which can hold a track but not begin one. */
  readonly embedding?: Float32Array;
}

export interface TrackerOptions {
  /** Seconds for which a face may be out of sight and still be the same track. */
  readonly patience: number;
  /** Sightings that make a track of a face: one alone may be a false find. */
  readonly confirmAfter: number;
  /** Most tracks at a time; beyond it the one that was not seen for longest goes. */
  readonly mostTracks: number;
}

export const DEFAULTS: TrackerOptions = { patience: 2, confirmAfter: 2, mostTracks: 500 };

export type TrackState = 'tentative' | 'confirmed' | 'lost';

export interface Track {
  /** Counts up from 1 within a stream; never given twice. */
  readonly id: number;
  readonly state: TrackState;
  /** Seconds, on the clock of the frames. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly sightings: number;
}

/** Beyond so many standard deviations a face did not get there. */
const GATE = 4;
/** After so many seconds out of sight the place says little, and the looks have to speak for it. */
const FORGETFUL = 0.5;
/** The least cosine at which looks alone are believed. */
const LOOKALIKE = 0.3;
/** A pair that is neither near nor alike is none. */
const DEAREST = 1.5;
/** The least overlap at which a weak detection holds a track. */
const HOLD = 0.3;
/** How fast a track's looks follow what is seen. */
const FOLLOW = 0.2;

interface Kept {
  readonly id: number;
  readonly motion: Motion;
  readonly firstSeen: number;
  looks: Float32Array | undefined;
  lastSeen: number;
  sightings: number;
}

/**
 * Follows faces from frame to frame: by motion (constant velocity) and looks together, clear detections first, weak ones for what is left
 * (after SORT, Bewley et al. 2016, and ByteTrack, Zhang et al. 2022). Pure: time comes with the frames, which need not be evenly spaced.
 */
export class Tracker {
  private kept: Kept[] = [];
  private ids = 0;

  constructor(private readonly options: TrackerOptions = DEFAULTS) {}

  /**
   * The track of each observation; undefined for a weak one that belongs to none.
   * @param at seconds; an earlier time than the last frame's counts as the same
   */
  update(observations: readonly Observation[], at: number): (Track | undefined)[] {
    for (const track of this.kept) track.motion.predict(at);
    const owners = new Array<Kept | undefined>(observations.length).fill(undefined);
    const strong = observations.flatMap(({ embedding }, i) => (embedding === undefined ? [] : [i]));
    this.pair(observations, strong, owners, (track, seen) => this.likeness(track, seen, at));
    const weak = observations.flatMap(({ embedding }, i) => (embedding === undefined ? [i] : []));
    this.pair(observations, weak, owners, (track, seen) => (at - track.lastSeen > FORGETFUL ? FORBIDDEN : held(track, seen)));
    const tracks = observations.map((seen, i) => {
      const track = owners[i] ?? this.begin(seen, at);
      if (track !== undefined) see(track, seen, at);
      return track === undefined ? undefined : this.told(track, at);
    });
    this.forget(at);
    return tracks;
  }

  /** Every track that is still remembered. */
  tracks(at: number): Track[] {
    return this.kept.map((track) => this.told(track, at));
  }

  private pair(all: readonly Observation[], wanted: readonly number[], owners: (Kept | undefined)[], cost: (track: Kept, seen: Observation) => number): void {
    const free = this.kept.filter((track) => !owners.includes(track));
    if (free.length === 0 || wanted.length === 0) return;
    const costs = free.map((track) => wanted.map((i) => cost(track, all[i] as Observation)));
    assign(costs).forEach((column, row) => {
      if (column >= 0) owners[wanted[column] as number] = free[row];
    });
  }

  /** 0 for the same place and the same looks, 2 at most. */
  private likeness({ motion, looks, lastSeen }: Kept, { box, embedding }: Observation, at: number): number {
    const place = motion.distance(box) / GATE;
    const alike = looks === undefined || embedding === undefined ? 0 : cosine(looks, embedding);
    const lookedFor = at - lastSeen > FORGETFUL;
    if (place > 1 || (lookedFor && alike < LOOKALIKE)) return FORBIDDEN;
    const cost = place + (1 - Math.max(0, alike));
    return cost > DEAREST ? FORBIDDEN : cost;
  }

  private begin({ box, embedding }: Observation, at: number): Kept | undefined {
    if (embedding === undefined) return undefined;
    const track: Kept = { id: ++this.ids, motion: new Motion(box, at), firstSeen: at, looks: undefined, lastSeen: at, sightings: 0 };
    this.kept.push(track);
    return track;
  }

  private forget(at: number): void {
    const { patience, mostTracks } = this.options;
    this.kept = this.kept.filter((track) => at - track.lastSeen <= patience);
    if (this.kept.length > mostTracks) this.kept = this.kept.toSorted((a, b) => b.lastSeen - a.lastSeen).slice(0, mostTracks);
  }

  private told({ id, firstSeen, lastSeen, sightings }: Kept, at: number): Track {
    const state = lastSeen < at ? 'lost' : sightings >= this.options.confirmAfter ? 'confirmed' : 'tentative';
    return { id, state, firstSeen, lastSeen, sightings };
  }
}

function held({ motion }: Kept, { box }: Observation): number {
  const shared = overlap(motion.box, box);
  return shared < HOLD ? FORBIDDEN : 1 - shared;
}

function see(track: Kept, { box, embedding }: Observation, at: number): void {
  track.motion.correct(box);
  track.lastSeen = at;
  track.sightings += 1;
  if (embedding !== undefined) track.looks = track.looks === undefined ? embedding.slice() : follow(track.looks, embedding);
}

function follow(looks: Float32Array, seen: Float32Array): Float32Array {
  const moved = looks.map((value, i) => (1 - FOLLOW) * value + FOLLOW * (seen[i] ?? 0));
  const length = Math.sqrt(cosine(moved, moved));
  return length > 0 ? moved.map((value) => value / length) : moved;
}

/** Of vectors of unit length. */
function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
