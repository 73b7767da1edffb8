/** The domain's words, shared by every room. Coordinates are pixels of the upright picture, origin at the top left. */

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A facial landmark; `visibility` is the detector's belief, 0 to 1, that it can be seen. */
export interface Landmark {
  readonly x: number;
  readonly y: number;
  readonly visibility: number;
}

/** Left eye, right eye, nose, left and right corner of the mouth, as seen in the picture. */
export type Landmarks = readonly [Landmark, Landmark, Landmark, Landmark, Landmark];

export interface DetectedFace {
  readonly box: Box;
  readonly landmarks: Landmarks;
  /** Detection score, 0 to 1. */
  readonly score: number;
}

export interface Quality {
  /** 0 to 1: the weakest of the parts. */
  readonly score: number;
  /** 0 to 1, from the variance of the aligned face's Laplacian. */
  readonly sharpness: number;
  /** 0 to 1: the share of the face that is not hidden. */
  readonly visibility: number;
  /** Distance of the eyes in the picture, in pixels. */
  readonly eyeDistance: number;
}

/** K attention maps, each value 0 to 255 for 0 to 1, map after map, row after row. */
export interface AttentionMaps {
  readonly maps: number;
  readonly width: number;
  readonly height: number;
  readonly values: Uint8Array;
}

/** Where on a face something lies; ELSEWHERE is hair, chin, ears, neck and what lies behind. */
export const REGIONS = ['EYES', 'NOSE', 'MOUTH', 'CHEEKS', 'FOREHEAD', 'ELSEWHERE'] as const;
export type Region = (typeof REGIONS)[number];

/** Where the network looked, and what it says of each of `REGIONS`. */
export interface Gaze {
  /** The face under the importance-weighted sum of the maps, as WebP. */
  readonly heatMap: Uint8Array;
  /** How each map's mass lies over `REGIONS`: maps × regions, each row summing to 1. */
  readonly mass: Float32Array;
  /** The embeddings of the face with all but one region hidden, and with that region hidden: regions × 256 each. */
  readonly alone: Float32Array;
  readonly without: Float32Array;
}

export interface AnalysedFace extends DetectedFace {
  readonly quality: Quality;
  /** 256 numbers of unit length. */
  readonly embedding: Float32Array;
  /** K numbers that sum to 1. */
  readonly importance: Float32Array;
  /** The aligned face as WebP, if asked for. */
  readonly crop?: Uint8Array;
  readonly attention?: AttentionMaps;
  /** What each map says by itself, K × 256, unit length each, if asked for. */
  readonly parts?: Float32Array;
  /** If evidence was asked for. */
  readonly gaze?: Gaze;
}

export type PixelFormat = 'RGB24' | 'BGR24' | 'GRAY8' | 'NV12' | 'I420';

export interface RawImage {
  readonly format: PixelFormat;
  readonly width: number;
  readonly height: number;
  /** Bytes from one row of the first plane to the next; 0 when rows are packed. */
  readonly stride: number;
  readonly data: Uint8Array;
}

/** One picture: an encoded JPEG, PNG or WebP file, or pixels. */
export type ImageSource = { readonly encoded: Uint8Array } | { readonly raw: RawImage };

export type FaceSelector = 'ALL' | 'LARGEST' | 'ONLY' | { readonly box: Box };

export interface AnalyseOptions {
  /** Smallest shorter side of a face's box, in pixels of the picture. */
  readonly minFaceSize: number;
  /** Most faces that are embedded, largest first. */
  readonly maxFaces: number;
  /** Which of the faces found are embedded and returned (`ONLY` behaves as `LARGEST`; the caller reads `detected`). */
  readonly select: FaceSelector;
  readonly wantCrops: boolean;
  readonly wantAttention: boolean;
  /** Whose picture it is: where streams share the networks, each has its turn. */
  readonly stream?: number;
  readonly wantParts?: boolean;
  /** Crops, and the gaze of the largest twelve. */
  readonly wantEvidence?: boolean;
  /** What is hardly a face too, for whoever knows that one ought to be there. */
  readonly wantWeak?: boolean;
  /** Where faces are expected that need not be embedded again; one that is found there, alone, is told in `again`. */
  readonly settled?: readonly Box[];
}

export interface FrameAnalysis {
  readonly width: number;
  readonly height: number;
  /** How many faces of sufficient size were found, before `select` and `maxFaces`. */
  readonly detected: number;
  /** Shorter side of the largest face that was dropped as too small, in pixels; 0 if none was. */
  readonly largestDropped: number;
  /** Largest first. */
  readonly faces: readonly AnalysedFace[];
  /** Faces that were found where they were expected (`settled`), and therefore not embedded. */
  readonly again?: readonly DetectedFace[];
  /** Scores below the detector's limit but not far, if asked for. */
  readonly weak?: readonly DetectedFace[];
  /** Milliseconds. */
  readonly timing: { readonly queue: number; readonly decode: number; readonly detect: number; readonly embed: number };
}

/** Everything that happens to a picture before the gallery is asked. Throws GlimpseError `undecodable`. */
export interface Vision {
  analyse(image: ImageSource, options: AnalyseOptions, signal?: AbortSignal): Promise<FrameAnalysis>;
  /** sha256 (hex) of the embedding network; vectors of another network are not comparable. */
  readonly network: string;
  /** The embedding network's own threshold for a face of this visibility (0 to 1), at FMR 1e-5; shifted by how many people look like the faces that are compared, if they are given. */
  threshold(visibility: number, ...faces: readonly Float32Array[]): number;
  /** What its similarities mean in a search. */
  readonly yardstick: (asked: Asked) => Yardstick;
  close(): Promise<void>;
}

/** What the scores of one range of visibility are like. Measured by `src/calibration`, kept in the embedder's contract. */
export interface Bucket {
  /** Probes that show this share of the face: from `min`, below `max`. */
  readonly min: number;
  readonly max: number;
  /** People, pairs of strangers and pairs of one person that were measured. */
  readonly people: number;
  readonly impostorPairs: number;
  readonly genuinePairs: number;
  /** The similarities of strangers above `from`, which the share `rate` of them reach: a generalised Pareto tail. */
  readonly tail: { readonly from: number; readonly rate: number; readonly shape: number; readonly scale: number };
  /** From a false match rate to the similarity that has it: the ends of its 95 % interval and the estimate. Rates fall. */
  readonly thresholds: readonly { readonly fmr: number; readonly low: number; readonly point: number; readonly high: number }[];
  /** log10 of how much more often one person than two strangers give this similarity. Both rise. Empty: not known. */
  readonly odds: readonly (readonly [similarity: number, log10: number])[];
}

/** By which it is told how many people look like a face: the mean faces of groups of people who look alike. */
export interface Cohort {
  /** Of unit length. */
  readonly means: readonly Float32Array[];
  /** So many of them count, those most alike to a face. */
  readonly nearest: number;
  /** How alike a face is to those on average, -1 to 1. */
  readonly typical: number;
  /** How much of the difference from that is added to a bar. */
  readonly weight: number;
}

/** What similarities mean, by how much of the probe's face can be seen. */
export interface Calibration {
  /** sha256 (hex) of the networks that it was measured with: the one gives the similarities, the other the visibility. */
  readonly embedder: string;
  readonly detector: string;
  /** How often, before one looks, the person before the camera is taken to be enrolled, 0 to 1. */
  readonly prior: number;
  /** Together they cover 0 to 1. Where there is a cohort, theirs are the similarities of a typical face. */
  readonly buckets: readonly Bucket[];
  readonly cohort?: Cohort;
  /** So many times as often as those that were measured other strangers may pass; 1 where they are the same people. */
  readonly caution?: number;
}

/** How much a search compares with. */
export interface Reach {
  readonly identities: number;
  readonly faces: number;
}

/** One search: the face, of unit length, how much of it is seen, with how many faces it is compared, and how many of the searches for strangers may name somebody. */
export interface Asked {
  readonly probe: Float32Array;
  readonly visibility: number;
  readonly reach: Reach;
  /** 0 to 1. */
  readonly fpir: number;
}

/** What similarities mean in one search. */
export interface Yardstick {
  /** The similarity that no more than the wanted share of such searches for a stranger reach. */
  readonly threshold: number;
  /** How far above everybody else somebody has to stand to be told apart from them. */
  readonly margin: number;
  /** For each of the best similarities, best first, the probability that the probe is that person; undefined: not known. */
  probabilities(similarities: readonly number[]): readonly number[] | undefined;
}

/** What is told of a visit, in this order; CHANGED any number of times. */
export const EVENT_KINDS = ['APPEARED', 'CONFIRMED', 'CHANGED', 'LEFT'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** How alike a probe and a person are: by the nearest face, the mean of the three nearest, or the mean of all faces but outliers. */
export const GROUPINGS = ['best', 'mean3', 'template'] as const;
export type Grouping = (typeof GROUPINGS)[number];
