import { GlimpseError } from '../errors.js';
import type { Embedding__Output } from '../generated/glimpse/v1/Embedding.js';
import type { SearchFilter__Output } from '../generated/glimpse/v1/SearchFilter.js';
import type { SearchRequest__Output } from '../generated/glimpse/v1/SearchRequest.js';
import type { StreamConfig__Output } from '../generated/glimpse/v1/StreamConfig.js';
import type { Tracking__Output } from '../generated/glimpse/v1/Tracking.js';
import type { SearchFilter } from '../gallery/port.js';
import type { TrackingSettings } from '../pipeline/follow.js';
import type { GallerySettings, ProbeSettings } from '../pipeline/identify.js';
import { TRACKING_DEFAULTS } from '../track/tracker.js';
import { collectionName, invalid, LONGEST, nonEmpty, oneOf, seconds, share, similarity, tagList, text, wholeNumber } from './fields.js';
import { selectorOf } from './image-from-wire.js';
import { type VisitSettings, visitSettings } from './visits-from-wire.js';

/** The server's own settings, which a request may leave alone or tighten. */
export interface ProbeDefaults {
  readonly minFaceSize: number;
  readonly maxFaces: number;
}

export interface StreamSettings {
  readonly cameraId: string;
  readonly probe: ProbeSettings;
  readonly policy: 'LATEST' | 'ALL';
  /** Infinity: no limit. */
  readonly maxQueueMs: number;
  readonly wantRecording: boolean;
  /** Absent: each frame stands for itself. */
  readonly tracking?: TrackingSettings;
  /** Absent: nothing is told of who comes and goes. */
  readonly visits?: VisitSettings;
}

const DEFAULT_TOP_K = 3;
const MOST_IDS = 1_000;
/** The same bounds as the server's own setting has. */
const MOST_FPIR = [1e-6, 0.1] as const;
const MOST_COLLECTIONS = 16;

export function streamSettings(config: StreamConfig__Output, defaults: ProbeDefaults): StreamSettings {
  const { cameraId, framePolicy, maxQueueMs, minFaceSize, maxFaces, wantCrops, wantAttention, wantEvidence, wantRecording, visits } = config;
  // Visits go by tracks.
  const tracking = config.tracking ?? (visits && { confirmAfter: 0 });
  const policy = oneOf('config.frame_policy', framePolicy, ['FRAME_POLICY_UNSPECIFIED', 'LATEST', 'ALL']);
  return {
    cameraId: text('config.camera_id', cameraId, LONGEST.cameraId),
    policy: policy === 'ALL' ? 'ALL' : 'LATEST',
    maxQueueMs: maxQueueMs === 0 ? Infinity : maxQueueMs,
    wantRecording,
    ...(tracking && { tracking: trackingSettings(tracking) }),
    ...(visits && { visits: visitSettings(visits, { cameraId, wantRecording }) }),
    probe: {
      ...gallerySettings(config, 'config.'),
      select: 'ALL',
      minFaceSize: wholeNumber('config.min_face_size', minFaceSize, [0, 100_000]) || defaults.minFaceSize,
      // The server's limit guards its other callers: a request can lower it only.
      maxFaces: Math.min(wholeNumber('config.max_faces', maxFaces, [0, 1000]) || defaults.maxFaces, defaults.maxFaces),
      wantCrops,
      wantAttention,
      wantEvidence,
    },
  };
}

function trackingSettings({ patienceSeconds = TRACKING_DEFAULTS.patience, confirmAfter, refreshSeconds = 1 }: Tracking__Output): TrackingSettings {
  return {
    patience: seconds('config.tracking.patience_seconds', patienceSeconds, [0.5, 30]),
    confirmAfter: wholeNumber('config.tracking.confirm_after', confirmAfter, [0, 100]) || TRACKING_DEFAULTS.confirmAfter,
    refresh: seconds('config.tracking.refresh_seconds', refreshSeconds, [0, 30]),
  };
}

export function searchSettings(request: SearchRequest__Output, defaults: ProbeDefaults): ProbeSettings {
  const { which, wantCrops, wantAttention, wantEvidence } = request;
  return { ...gallerySettings(request, ''), ...defaults, select: selectorOf(which, 'ALL', 'which', true), wantCrops, wantAttention, wantEvidence };
}

interface WireGallerySettings {
  readonly collection: string;
  readonly collections: readonly string[];
  readonly topK: number;
  readonly threshold?: number;
  readonly fpir?: number;
  readonly filter: SearchFilter__Output | null;
}

function gallerySettings({ collection, collections, topK, threshold, fpir, filter }: WireGallerySettings, prefix: string): GallerySettings {
  return {
    ...searched(collection, collections, prefix),
    topK: wholeNumber(`${prefix}top_k`, topK, [0, 100]) || DEFAULT_TOP_K,
    ...(threshold !== undefined && { threshold: similarity(`${prefix}threshold`, threshold) }),
    ...(fpir !== undefined && { fpir: share(`${prefix}fpir`, fpir, MOST_FPIR) }),
    ...(filter !== null && { filter: searchFilter(filter, `${prefix}filter.`) }),
  };
}

/** One collection, or several instead of it, each once. */
function searched(one: string, several: readonly string[], prefix: string): Pick<GallerySettings, 'collection' | 'furtherCollections'> {
  if (several.length === 0) return { collection: collectionName(`${prefix}collection`, one) };
  if (one !== '') throw invalid(`${prefix}collections`, 'COLLECTION_TWICE', `${prefix}collection and ${prefix}collections are both set`, 'set one of the two');
  if (several.length > MOST_COLLECTIONS) throw invalid(`${prefix}collections`, 'TOO_MANY', `${prefix}collections has ${several.length} entries`, `send at most ${MOST_COLLECTIONS}`);
  const [collection = '', ...furtherCollections] = new Set(several.map((name, i) => collectionName(`${prefix}collections[${i}]`, name)));
  return { collection, furtherCollections };
}

function searchFilter({ tags, identityIds }: SearchFilter__Output, prefix: string): SearchFilter {
  if (identityIds.length > MOST_IDS) {
    throw invalid(`${prefix}identity_ids`, 'TOO_MANY', `${prefix}identity_ids has ${identityIds.length} entries`, `send at most ${MOST_IDS}, or give them a tag`);
  }
  return {
    tags: tagList(`${prefix}tags`, tags),
    identityIds: identityIds.map((id, i) => nonEmpty(`${prefix}identity_ids[${i}]`, id, LONGEST.id)),
  };
}

/** @param network the network that the gallery's embeddings come from */
export function embeddingOf({ values, network: from }: Embedding__Output, network: string): Float32Array {
  if (values.length !== EMBEDDING_LENGTH) {
    throw invalid('embedding.values', 'BAD_EMBEDDING', `embedding.values has ${values.length} numbers`, `send ${EMBEDDING_LENGTH}`);
  }
  if (from !== '' && from !== network) throw otherNetwork('embedding.network');
  return Float32Array.from(values);
}

export const EMBEDDING_LENGTH = 256;

export function otherNetwork(field: string): GlimpseError {
  return new GlimpseError('precondition', `${field}: the embedding was made by another network than this server's; the two cannot be compared`, {
    field,
    reason: 'OTHER_NETWORK',
    cure: 'send the picture, or an embedding of the network that Stats names',
  });
}
