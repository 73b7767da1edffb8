import type { Box } from '../types.js';

/**
 * What following a stream says after each frame that was answered. The answer's words are a subset of those of the pipeline and the gallery,
 * declared here because leaf rooms do not import each other; theirs satisfy these as they are.
 */

/** TENTATIVE: seen too seldom to be sure that it is a face. HIDDEN: not in this frame, but expected back. ENDED: told once, then never again. */
export type TrackState = 'TENTATIVE' | 'CONFIRMED' | 'HIDDEN' | 'ENDED';

export interface TrackedMatch {
  readonly collection: string;
  readonly identityId: string;
  readonly externalId: string;
  readonly name: string;
  /** Cosine of the track's template with the enrolled face that came nearest. */
  readonly similarity: number;
  readonly faceId: string;
}

export interface TrackedDecision {
  readonly kind: 'KNOWN' | 'UNKNOWN' | 'POOR';
  readonly reason: string;
  readonly threshold: number;
}

/** One track after one frame. */
export interface TrackedFace<D extends TrackedDecision = TrackedDecision, M extends TrackedMatch = TrackedMatch> {
  /** Counts up from 1 within a stream; never given twice. */
  readonly trackId: number;
  readonly state: TrackState;
  /** Where the face is; of a hidden one, where it is expected. */
  readonly box: Box;
  /** Detection score of the last sighting, 0 to 1. */
  readonly score: number;
  /** When the face was seen last: capture time of that frame, milliseconds since 1970. */
  readonly observedAt: number;
  /** Milliseconds from the first sighting to the last. */
  readonly age: number;
  /** Frames that showed it. */
  readonly sightings: number;
  /** Whom the track's template, added up over all its frames, was taken for; best first. */
  readonly decision: D;
  readonly matches: readonly M[];
  /** All that was seen of the face: 256 numbers of unit length. */
  readonly template: Float32Array;
}

export interface TrackedFrame<D extends TrackedDecision = TrackedDecision, M extends TrackedMatch = TrackedMatch> {
  /** Capture time of the frame, milliseconds since 1970. Never runs backwards, but for a camera whose clock was set back: then all tracks have ended. */
  readonly at: number;
  /** Every track that lives, and those that ended with this frame. In the order of their ids. */
  readonly tracks: readonly TrackedFace<D, M>[];
}
