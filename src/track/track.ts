import type { Box } from '../types.js';
import { Looks, type View } from './looks.js';
import { Motion, type Placed } from './motion.js';
import type { TrackState } from './tracked.js';

/** A face as one frame shows it. */
export interface Observation extends Placed {
  /** Detection score, 0 to 1. */
  readonly score: number;
  /** Absent for a weak one, and for one that was not embedded again because its track is settled. */
  readonly view?: View;
}

/** One face, followed. Times are in seconds, on the clock of the frames. */
export class Track {
  readonly motion: Motion;
  looks: Looks | undefined;
  lastSeen: number;
  /** Where it was then; the motion's box is where it is expected. */
  lastBox: Box;
  lastMiddle: Placed['middle'];
  /** When it was embedded last. */
  lastLooked = -Infinity;
  score: number;
  /** Strong ones. */
  sightings = 0;
  ended = false;
  /** Its number stands for somebody: it was confirmed. */
  told = false;
  /** It may be the face of a track that was told of: too little of it has been seen to say. */
  inDoubt = false;
  /** Seconds for which it was in doubt and in sight. */
  doubted = 0;
  /** Who was in a frame beside it before it was told of, and therefore is somebody else. */
  readonly met = new WeakSet<Track>();

  constructor(
    readonly id: number,
    seen: Observation,
    readonly firstSeen: number,
  ) {
    this.motion = new Motion(seen, firstSeen);
    this.lastSeen = firstSeen;
    this.lastBox = seen.box;
    this.lastMiddle = seen.middle;
    this.score = seen.score;
  }

  see(seen: Observation, at: number): void {
    const { box, middle, score, kind, view } = seen;
    this.motion.correct(seen);
    this.lastSeen = at;
    this.lastBox = box;
    this.lastMiddle = middle;
    this.score = score;
    if (kind === 'STRONG') this.sightings += 1;
    if (view === undefined) return;
    this.lastLooked = at;
    if (this.looks === undefined) this.looks = new Looks(view);
    else this.looks.add(view);
  }

  state(at: number): TrackState {
    if (this.ended) return 'ENDED';
    if (this.lastSeen < at) return 'HIDDEN';
    return this.told ? 'CONFIRMED' : 'TENTATIVE';
  }
}
