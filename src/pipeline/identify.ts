import { performance } from 'node:perf_hooks';
import { GlimpseError } from '../errors.js';
import type { Gallery, Match, SearchFilter } from '../gallery/port.js';
import type { AnalysedFace, AnalyseOptions, FrameAnalysis, ImageSource, Vision } from '../types.js';
import { decide, type Decision } from './decide.js';

/** What a picture passes through on its way to a name. */
export interface Rooms {
  readonly vision: Vision;
  readonly gallery: Gallery;
  /** A face that shows less than this share is answered as POOR. */
  readonly minVisibility: number;
}

export interface GallerySettings {
  readonly collection: string;
  /** Identities a face, best first. */
  readonly topK: number;
  /** Similarity for KNOWN; absent: the network's own for a face of this visibility. */
  readonly threshold?: number;
  /** Whom to look for; absent: everybody. */
  readonly filter?: SearchFilter;
}

export type ProbeSettings = GallerySettings & AnalyseOptions;

export interface RecognisedFace extends AnalysedFace {
  readonly matches: readonly Match[];
  readonly decision: Decision;
}

export interface FrameAnswer {
  readonly width: number;
  readonly height: number;
  /** Largest first. */
  readonly faces: readonly RecognisedFace[];
  /** Milliseconds. */
  readonly timing: FrameAnalysis['timing'] & { readonly search: number };
}

/** One picture: find the faces, embed them, ask the gallery for all of them at once, decide for each. */
export async function identify(rooms: Rooms, image: ImageSource, settings: ProbeSettings, signal?: AbortSignal): Promise<FrameAnswer> {
  const seen = await rooms.vision.analyse(image, settings, signal);
  refuseSeveral(seen, settings);
  const { found, ms } = await search(rooms, seen.faces.map((face) => face.embedding), settings);
  const faces = seen.faces.map((face, i) => recognise(rooms, face, found[i] ?? [], settings));
  return { width: seen.width, height: seen.height, faces, timing: { ...seen.timing, search: ms } };
}

/** A probe that was embedded before: 256 numbers of any length but zero. */
export async function searchEmbedding(
  rooms: Rooms,
  values: Float32Array,
  settings: GallerySettings,
): Promise<{ matches: readonly Match[]; decision: Decision; searchMs: number }> {
  const { found, ms } = await search(rooms, [unit(values)], settings);
  const matches = found[0] ?? [];
  const threshold = settings.threshold ?? rooms.vision.threshold(1);
  return { matches, decision: decide(matches, { visibility: 1, minVisibility: 0, threshold }), searchMs: ms };
}

function recognise(rooms: Rooms, face: AnalysedFace, matches: readonly Match[], settings: GallerySettings): RecognisedFace {
  const { visibility } = face.quality;
  const threshold = settings.threshold ?? rooms.vision.threshold(visibility);
  return { ...face, matches, decision: decide(matches, { visibility, minVisibility: rooms.minVisibility, threshold }) };
}

async function search(rooms: Rooms, probes: readonly Float32Array[], { collection, topK, filter }: GallerySettings): Promise<{ found: Match[][]; ms: number }> {
  if (probes.length === 0) return { found: [], ms: 0 };
  const start = performance.now();
  const found = await rooms.gallery.search(collection, probes, topK, filter);
  return { found, ms: performance.now() - start };
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
