import { performance } from 'node:perf_hooks';
import { GlimpseError } from '../errors.js';
import type { Gallery, Match, SearchFilter, StoredFace } from '../gallery/port.js';
import type { TrackedFace, TrackedFrame } from '../track/tracked.js';
import type { AnalysedFace, AnalyseOptions, FrameAnalysis, ImageSource, Reach, Vision } from '../types.js';
import { type Decision, judge, type Judgement, type Terms, type WeighedMatch } from './decide.js';
import { type Evidence, explain } from './evidence.js';

/** What a picture passes through on its way to a name. */
export interface LookingRooms {
  readonly vision: Pick<Vision, 'analyse' | 'yardstick'>;
  readonly gallery: Pick<Gallery, 'search' | 'reach' | 'faces'>;
  /** A face that shows less than this share is answered as POOR. */
  readonly minVisibility: number;
  /** How many of the searches for strangers may name somebody, 0 to 1, where a caller does not say. */
  readonly fpir: number;
}

/** The same, whole. */
export interface Rooms extends LookingRooms {
  readonly vision: Vision;
  readonly gallery: Gallery;
}

export interface GallerySettings {
  readonly collection: string;
  /** Searched together with it. */
  readonly furtherCollections?: readonly string[];
  /** Identities a face, best first. */
  readonly topK: number;
  /** Similarity for KNOWN; absent: what follows from `fpir`, the size of the gallery and the face's visibility. */
  readonly threshold?: number;
  /** False alarms a search, 0 to 1; absent: the house's. */
  readonly fpir?: number;
  /** Whom to look for; absent: everybody. */
  readonly filter?: SearchFilter;
}

export type ProbeSettings = GallerySettings & AnalyseOptions;

export type Tracked = TrackedFace<Decision, WeighedMatch> & Pick<Judgement, 'own'>;

/** A frame in whose stream faces are followed. */
export interface FollowedFrame extends TrackedFrame<Decision, WeighedMatch> {
  readonly tracks: readonly Tracked[];
}

export interface RecognisedFace extends AnalysedFace, Judgement {
  /** What was compared, where that is not the embedding of this frame alone. */
  readonly probe?: Float32Array;
  /** In a stream whose faces are followed: matches and decision are the track's. */
  readonly track?: Tracked;
  /** If asked for. */
  readonly evidence?: Evidence;
}

export interface FrameAnswer {
  readonly width: number;
  readonly height: number;
  /** Largest first. */
  readonly faces: readonly RecognisedFace[];
  /** In a stream whose faces are followed. */
  readonly tracked?: FollowedFrame;
  /** Milliseconds. */
  readonly timing: FrameAnalysis['timing'] & { readonly search: number };
}

/** One picture: find the faces, embed them, ask the gallery for all of them at once, decide for each. */
export async function identify(rooms: LookingRooms, image: ImageSource, settings: ProbeSettings, signal?: AbortSignal): Promise<FrameAnswer> {
  const seen = await rooms.vision.analyse(image, settings, signal);
  refuseSeveral(seen, settings);
  const { found, reach, ms } = await search(rooms, seen.faces.map((face) => face.embedding), settings);
  const decided = seen.faces.map((face, i) => ({ ...face, ...judgeFor(rooms, settings)(found[i] ?? [], reach, { probe: face.embedding, visibility: face.quality.visibility }) }));
  const faces = settings.wantEvidence === true ? await withEvidence(rooms, decided) : decided;
  return { width: seen.width, height: seen.height, faces, timing: { ...seen.timing, search: ms } };
}

/** A probe that was embedded before: 256 numbers of any length but zero. */
export async function searchEmbedding(
  rooms: LookingRooms,
  values: Float32Array,
  settings: GallerySettings & { readonly wantEvidence?: boolean },
): Promise<Judgement & { embedding: Float32Array; evidence?: Evidence; searchMs: number }> {
  const embedding = unit(values);
  const { found, reach, ms } = await search(rooms, [embedding], settings);
  const answer = { embedding, ...judgeFor({ ...rooms, minVisibility: 0 }, settings)(found[0] ?? [], reach, { probe: embedding, visibility: 1 }), searchMs: ms };
  if (settings.wantEvidence !== true) return answer;
  const [matched] = await matchedFaces(rooms, [answer]);
  return { ...answer, evidence: { regions: [], ...(matched && { matched }) } };
}

/** Weighs what `search` found for one probe, by these settings: of a face or of a track, whose visibility is all that was seen of it. */
export function judgeFor({ vision, minVisibility, fpir: houseFpir }: Omit<LookingRooms, 'gallery'>, { topK, threshold, fpir }: GallerySettings): (matches: readonly Match[], reach: Reach, seen: Pick<Terms, 'probe' | 'visibility'>) => Judgement {
  const own = { topK, ...(threshold !== undefined && { threshold }), ...(fpir !== undefined && { fpir }) };
  return (matches, reach, seen) => judge(vision, matches, { ...own, ...seen, houseFpir, minVisibility, reach });
}

/** One round trip for all faces of the frame that match in one collection. */
export async function withEvidence(rooms: LookingRooms, faces: readonly RecognisedFace[]): Promise<RecognisedFace[]> {
  const matched = await matchedFaces(rooms, faces);
  return faces.map((face, i) => {
    const { gaze } = face;
    return gaze === undefined ? face : { ...face, evidence: explain({ ...face, gaze }, matched[i]) };
  });
}

/** The gallery face of each first match; undefined where there is none, or none any more. */
async function matchedFaces({ gallery }: LookingRooms, faces: readonly { readonly matches: readonly Match[] }[]): Promise<(StoredFace | undefined)[]> {
  const found = new Map<Match, StoredFace | undefined>();
  const best = faces.flatMap(({ matches: [first] }) => first ?? []);
  for (const collection of new Set(best.map((match) => match.collection))) {
    const own = best.filter((match) => match.collection === collection);
    const stored = await gallery.faces(collection, own.map(({ faceId }) => faceId));
    own.forEach((match, i) => found.set(match, stored[i]));
  }
  return faces.map(({ matches: [first] }) => first && found.get(first));
}

/** The next best tells how sure the best is, whether or not it is wanted. */
const FEWEST = 2;

/** One round trip for all probes. `found` holds two identities at least, if there are, whatever `topK`. */
export async function search(rooms: LookingRooms, probes: readonly Float32Array[], { collection, furtherCollections = [], topK, filter }: GallerySettings): Promise<{ found: Match[][]; reach: Reach; ms: number }> {
  if (probes.length === 0) return { found: [], reach: { identities: 0, faces: 0 }, ms: 0 };
  const start = performance.now();
  const where = furtherCollections.length === 0 ? collection : [collection, ...furtherCollections];
  const [found, reach] = await Promise.all([rooms.gallery.search(where, probes, Math.max(FEWEST, topK), filter), rooms.gallery.reach(where, filter)]);
  return { found, reach, ms: performance.now() - start };
}

function refuseSeveral(seen: FrameAnalysis, settings: AnalyseOptions): void {
  if (settings.select !== 'ONLY' || seen.detected <= 1) return;
  throw new GlimpseError('precondition', `the picture shows ${seen.detected} faces, not one`, {
    field: 'which',
    reason: 'SEVERAL_FACES',
    cure: 'crop the picture, name the face by a box, or ask for LARGEST or ALL',
  });
}

function unit(values: Float32Array): Float32Array {
  const length = Math.hypot(...values);
  if (!Number.isFinite(length) || length === 0) {
    throw new GlimpseError('invalid', 'the embedding has no direction: its length is zero or not finite', {
      field: 'embedding.values',
      reason: 'BAD_EMBEDDING',
      cure: 'send the numbers that Export or the network gave',
    });
  }
  return values.map((value) => value / length);
}
