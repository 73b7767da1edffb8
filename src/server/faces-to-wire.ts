import type { Evidence as WireEvidence } from '../generated/glimpse/v1/Evidence.js';
import type { Face } from '../generated/glimpse/v1/Face.js';
import type { Match as WireMatch } from '../generated/glimpse/v1/Match.js';
import type { Timing } from '../generated/glimpse/v1/Timing.js';
import type { Match } from '../gallery/port.js';
import type { Evidence } from '../pipeline/evidence.js';
import type { FrameAnswer, RecognisedFace } from '../pipeline/identify.js';
import type { AnalysedFace, Landmarks } from '../types.js';
import { timestamp } from './time-to-wire.js';

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
  const { matches, decision, evidence } = face;
  return { ...analysedFace(face), matches: matches.map(wireMatch), decision, ...(evidence && { evidence: wireEvidence(evidence) }) };
}

export function wireEvidence({ heatMap, regions, matched }: Evidence): WireEvidence {
  return {
    ...(heatMap && { heatMap }),
    regions: regions.map(({ alone: similarity, without: similarityWithout, ...region }) => ({ ...region, ...(similarity !== undefined && { similarity, similarityWithout }) })),
    ...(matched && {
      matched: { identityId: matched.identityId, faceId: matched.id, label: matched.label, enrolledAt: timestamp(matched.createdAt), quality: matched.quality },
    }),
  };
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
