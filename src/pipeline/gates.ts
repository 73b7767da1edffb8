import type { Match } from '../gallery/port.js';
import type { AnalysedFace, FaceSelector, FrameAnalysis } from '../types.js';

/** The least that an enrolled face has to offer. */
export interface EnrolmentLimits {
  /** Pixels. */
  readonly minEyeDistance: number;
  /** 0 to 1. */
  readonly minSharpness: number;
  /** 0 to 1. */
  readonly minVisibility: number;
  /** Shorter side of the box, pixels. */
  readonly minFaceSize: number;
}

export type RejectionReason = 'NO_FACE' | 'SEVERAL_FACES' | 'TOO_SMALL' | 'BLURRED' | 'TOO_OCCLUDED' | 'UNDECODABLE' | 'LOOKS_LIKE';

export interface Rejection {
  readonly reason: RejectionReason;
  /** What is wrong and what to do. */
  readonly message: string;
  readonly measured: number;
  readonly limit: number;
  /** With LOOKS_LIKE. */
  readonly looksLike?: Match;
}

/** The one face that this picture enrols, or why it has none. */
export function chooseFace(seen: FrameAnalysis, select: FaceSelector, limits: EnrolmentLimits): AnalysedFace | Rejection {
  if (select === 'ONLY' && seen.detected > 1) {
    return reject('SEVERAL_FACES', `the picture shows ${seen.detected} faces; crop it, or say which by LARGEST or a box`, seen.detected, 1);
  }
  const face = seen.faces[0];
  if (face !== undefined) return face;
  if (seen.largestDropped > 0) {
    return reject('TOO_SMALL', 'the face is too small; send a picture with more pixels on the face', seen.largestDropped, limits.minFaceSize);
  }
  const where = typeof select === 'object' ? 'in that box' : 'in the picture';
  return reject('NO_FACE', `no face was found ${where}; send one that shows the face upright and larger`, 0, 1);
}

/** The first limit that the face misses, or nothing. */
export function gate(face: Pick<AnalysedFace, 'quality'>, limits: EnrolmentLimits): Rejection | undefined {
  const { eyeDistance, sharpness, visibility } = face.quality;
  if (eyeDistance < limits.minEyeDistance) {
    return reject('TOO_SMALL', 'the eyes are too close together in pixels; send a larger picture of the face', eyeDistance, limits.minEyeDistance);
  }
  if (visibility < limits.minVisibility) {
    return reject('TOO_OCCLUDED', 'too much of the face is hidden; enrol from a picture that shows it', visibility, limits.minVisibility);
  }
  if (sharpness < limits.minSharpness) {
    return reject('BLURRED', 'the face is blurred; send a sharper picture', sharpness, limits.minSharpness);
  }
  return undefined;
}

/** The new face must not resemble somebody else's: two identities for one person, or a wrong picture. */
export function lookalike(
  matches: readonly Match[],
  ownId: string,
  threshold: number,
  cure = 'add the picture to that identity, or set allow_lookalike',
): Rejection | undefined {
  const other = matches.find((match) => match.identityId !== ownId && match.similarity >= threshold);
  if (other === undefined) return undefined;
  const message = `the face looks like identity ${other.identityId}; ${cure}`;
  return { ...reject('LOOKS_LIKE', message, other.similarity, threshold), looksLike: other };
}

export function reject(reason: RejectionReason, message: string, measured: number, limit: number): Rejection {
  return { reason, message, measured, limit };
}
