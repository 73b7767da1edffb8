import type { Face } from '../generated/glimpse/v1/Face.js';
import type { Match as WireMatch } from '../generated/glimpse/v1/Match.js';
import type { Timing } from '../generated/glimpse/v1/Timing.js';
import type { Match } from '../gallery/port.js';
import type { FrameAnswer, RecognisedFace } from '../pipeline/identify.js';
import type { AnalysedFace, Landmarks } from '../types.js';

export function analysedFace(face: AnalysedFace): Face {
  const { box, landmarks, score, quality, importance, crop, attention } = face;
  return {
    box,
    landmarks: landmarkList(landmarks),
    detectionScore: score,
    quality,
    importance: Array.from(importance),
    ...(crop !== undefined && { crop }),
    ...(attention !== undefined && { attention }),
  };
}

function recognisedFace(face: RecognisedFace): Face {
  return { ...analysedFace(face), matches: face.matches.map(wireMatch), decision: face.decision };
}

export function frameResult({ width, height, faces }: FrameAnswer): { width: number; height: number; faces: Face[] } {
  return { width, height, faces: faces.map(recognisedFace) };
}

/** The wait before vision is added to vision's own. Milliseconds. */
export function timing(answer: FrameAnswer, waited: number): Timing {
  return { ...answer.timing, queue: answer.timing.queue + waited };
}

export function wireMatch({ identityId, externalId, name, similarity, faceId }: Match): WireMatch {
  return { identityId, externalId, name, similarity, faceId };
}

/** protobufjs wants a list that it may keep. */
export function landmarkList(landmarks: Landmarks): Landmarks[number][] {
  return [...landmarks];
}
