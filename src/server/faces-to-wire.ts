import type { Evidence as WireEvidence } from '../generated/glimpse/v1/Evidence.js';
import type { Face } from '../generated/glimpse/v1/Face.js';
import type { Match as WireMatch } from '../generated/glimpse/v1/Match.js';
import type { Timing } from '../generated/glimpse/v1/Timing.js';
import type { Match } from '../gallery/port.js';
import type { WeighedMatch } from '../pipeline/decide.js';
import type { Evidence } from '../pipeline/evidence.js';
import type { SealedMatch } from '../pipeline/feedback.js';
import type { FrameAnswer, RecognisedFace, Tracked } from '../pipeline/identify.js';
import type { AnalysedFace, Landmarks, Quality } from '../types.js';
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

/** Turns a match into what names it to Confirm and Reject. */
export type Seal = (match: SealedMatch) => Buffer;

function recognisedFace(face: RecognisedFace, seal: Seal): Face {
  const { matches, decision, track } = face;
  return { ...analysedFace(face), matches: matches.map(wireMatch), decision, ...wireEvidence(face, seal), ...(track && wireTrack(track)) };
}

const wireTrack = ({ trackId, state: trackState, age: trackAgeMs }: Tracked): Pick<Face, 'trackId' | 'trackState' | 'trackAgeMs'> => ({ trackId, trackState, trackAgeMs });

function outOfSight(track: Tracked): Face {
  const { box, score: detectionScore, matches, decision } = track;
  return { box, detectionScore, matches: matches.map(wireMatch), decision, ...wireTrack(track) };
}

/** Nothing where none was asked for. */
export function wireEvidence({ evidence, matches: [best], probe, ...face }: Explained, seal: Seal): { readonly evidence?: WireEvidence } {
  if (evidence === undefined) return {};
  const { heatMap, regions, matched } = evidence;
  const judged = best && { collection: best.collection, identityId: best.identityId, similarity: best.similarity, probe: probe ?? face.embedding };
  return { evidence: {
    ...(judged && { matchToken: seal({ ...judged, ...(face.quality && { quality: face.quality }) }) }),
    ...(heatMap && { heatMap }),
    regions: regions.map(({ alone: similarity, without: similarityWithout, ...region }) => ({ ...region, ...(similarity !== undefined && { similarity, similarityWithout }) })),
    ...(matched && {
      matched: { identityId: matched.identityId, faceId: matched.id, label: matched.label, enrolledAt: timestamp(matched.createdAt), quality: matched.quality },
    }),
  } };
}

interface Explained {
  readonly embedding: Float32Array;
  readonly probe?: Float32Array;
  readonly quality?: Quality;
  readonly matches: readonly Match[];
  readonly evidence?: Evidence;
}

export function frameResult({ width, height, faces, tracked }: FrameAnswer, seal: Seal): { width: number; height: number; faces: Face[]; outOfSight: Face[] } {
  const inSight = new Set(faces.map(({ track }) => track?.trackId));
  const others = tracked?.tracks.filter(({ trackId }) => !inSight.has(trackId)) ?? [];
  return { width, height, faces: faces.map((face) => recognisedFace(face, seal)), outOfSight: others.map(outOfSight) };
}

/** The wait before vision is added to vision's own. Milliseconds. */
export function timing(answer: FrameAnswer, waited: number): Timing {
  return { ...answer.timing, queue: answer.timing.queue + waited };
}

export function wireMatch({ identityId, externalId, name, similarity, faceId, collection, ...weighed }: Match & Partial<WeighedMatch>): WireMatch {
  const { threshold, probability } = weighed;
  return { identityId, externalId, name, similarity, faceId, collection, ...(threshold !== undefined && { threshold }), ...(probability !== undefined && { probability }) };
}

/** protobufjs wants a list that it may keep. */
export function landmarkList(landmarks: Landmarks): Landmarks[number][] {
  return [...landmarks];
}
