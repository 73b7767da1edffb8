import { cosine } from '../cosine.js';
import type { StoredFace } from '../gallery/port.js';
import { type AnalysedFace, type Gaze, type Region, REGIONS } from '../types.js';

/** What one region of the face had to say. The similarities are absent where there is no gallery face. */
export interface RegionEvidence {
  readonly region: Region;
  /** 0 to 1: how much of what the network looked at lies there; the shares of a face sum to 1. */
  readonly share: number;
  /** Cosine with the gallery face of this region seen alone. */
  readonly alone?: number;
  /** Cosine with the gallery face of the face with this region hidden: the less is left, the more the match rests on it. */
  readonly without?: number;
}

/** Why a match is one. */
export interface Evidence {
  readonly heatMap?: Uint8Array;
  /** In the order of `REGIONS`; empty for a probe that came as an embedding. */
  readonly regions: readonly RegionEvidence[];
  /** The gallery face of the first match. */
  readonly matched?: StoredFace;
}

export type ExplainedFace = Pick<AnalysedFace, 'importance'> & { readonly gaze: Gaze };

export function explain(face: ExplainedFace, matched: StoredFace | undefined): Evidence {
  return { heatMap: face.gaze.heatMap, regions: byRegion(face, matched?.embedding), ...(matched && { matched }) };
}

/** A region's share is the sum over the maps of importance s_k times the map's mass there. */
export function byRegion({ importance, gaze }: ExplainedFace, stored: Float32Array | undefined): RegionEvidence[] {
  const total = importance.reduce((sum, value) => sum + value, 0);
  const alike = (embeddings: Float32Array, place: number, to: Float32Array): number => cosine(embeddings.subarray(place * to.length, (place + 1) * to.length), to);
  return REGIONS.map((region, place) => {
    const share = importance.reduce((sum, value, map) => sum + (value / total) * (gaze.mass[map * REGIONS.length + place] ?? 0), 0);
    if (stored === undefined) return { region, share };
    return { region, share, alone: alike(gaze.alone, place, stored), without: alike(gaze.without, place, stored) };
  });
}
