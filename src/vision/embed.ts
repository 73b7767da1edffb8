import type { AnalysedFace, AnalyseOptions, DetectedFace } from '../types.js';
import type { Picture } from './picture.js';
import { interleaved, normalise } from './planar.js';
import { place } from './place.js';
import type { EmbedderSettings, Network, Tensor } from './ports.js';
import { quality } from './quality.js';
import { gaze, landmarksInChip, massByRegion, regionsOf } from './regions.js';
import { Warper, type Chip } from './warp.js';

/** Faces a pass. On one thread a face takes 11.5 ms alone, 11.0 in fours, 11.7 in eights and more: the cache is full. */
const BATCH = 4;

/** All but the encoding of the crop and the heat map. */
export interface EmbeddedFace extends Omit<AnalysedFace, 'crop' | 'gaze'> {
  /** The aligned face as packed RGB, if wanted. */
  readonly pixels?: Uint8Array;
  /** If evidence is wanted: where the network looked, a value a cell of the attention grid, and `Gaze.mass`. */
  readonly looked?: { readonly gaze: Float32Array; readonly mass: Float32Array };
}

type Read = Pick<EmbeddedFace, 'embedding' | 'importance' | 'attention' | 'parts' | 'looked'>;
type AlignedFace = Omit<EmbeddedFace, keyof Read>;

export type EmbedOptions = Pick<AnalyseOptions, 'wantCrops' | 'wantAttention' | 'wantParts' | 'wantEvidence'>;

/** Aligns faces and embeds them. Not for two pictures at a time: the batch buffer is used again. */
export class Embedder {
  readonly chip: Chip;
  /** Cells of an attention map. */
  readonly grid: { readonly width: number; readonly height: number };
  private readonly warper = new Warper();
  private readonly batch: Float32Array;
  private readonly faceLength: number;
  private readonly eyeDistance: number;

  constructor(
    private readonly network: Network,
    private readonly settings: EmbedderSettings,
  ) {
    const { input, alignment } = settings;
    this.chip = { width: input.width, height: input.height, fill: alignment.fill };
    const [rows, columns] = settings.attentionSize;
    this.grid = { width: columns, height: rows };
    this.faceLength = 3 * input.width * input.height;
    this.batch = new Float32Array(BATCH * this.faceLength);
    const [left, right] = alignment.template;
    this.eyeDistance = Math.hypot(left[0] - right[0], left[1] - right[1]);
  }

  async embed(picture: Picture, faces: readonly DetectedFace[], options: EmbedOptions): Promise<EmbeddedFace[]> {
    const embedded: EmbeddedFace[] = [];
    for (let start = 0; start < faces.length; start += BATCH) {
      embedded.push(...(await this.embedBatch(picture, faces.slice(start, start + BATCH), options)));
    }
    return embedded;
  }

  private async embedBatch(picture: Picture, faces: readonly DetectedFace[], options: EmbedOptions): Promise<EmbeddedFace[]> {
    const seen = faces.map((face, i) => this.align(picture, face, this.batch.subarray(i * this.faceLength, (i + 1) * this.faceLength), options));
    const { width, height } = this.chip;
    const { outputs } = this.settings;
    const { wantEvidence = false, wantAttention, wantParts = false } = options;
    const input = { data: this.batch.subarray(0, faces.length * this.faceLength), shape: [faces.length, 3, height, width] };
    const wanted: (keyof Outputs)[] = ['embedding', 'importance'];
    if (wantParts || wantEvidence) wanted.push('parts');
    if (wantAttention || wantEvidence) wanted.push('attention');
    const tensors = await this.network.run(input, wanted.map((name) => outputs[name]));
    const given: Outputs = Object.fromEntries(wanted.map((name, i) => [name, tensors[i]]));
    return seen.map((face, i) => ({ ...face, ...this.read(face, given, i, options) }));
  }

  /** Warps one face into the batch, looks at it, and turns its levels into what the network is fed. */
  private align(picture: Picture, face: DetectedFace, levels: Float32Array, { wantCrops, wantEvidence = false }: EmbedOptions): AlignedFace {
    this.warper.warp(picture, place(face, this.settings.alignment), this.chip, levels);
    const seen = { ...face, quality: quality(face, levels, this.chip, this.eyeDistance) };
    const pixels = wantCrops || wantEvidence ? { pixels: interleaved(levels) } : {};
    normalise(levels, this.settings.input);
    return { ...seen, ...pixels };
  }

  private read(face: DetectedFace, outputs: Outputs, i: number, { wantAttention, wantEvidence = false }: EmbedOptions): Read {
    const { dimensions, maps, attentionSize } = this.settings;
    const [height, width] = attentionSize;
    const attention = outputs.attention && row(outputs.attention, i, maps * width * height);
    const importance = row(outputs.importance, i, maps);
    return {
      embedding: row(outputs.embedding, i, dimensions),
      importance,
      ...(outputs.parts && { parts: row(outputs.parts, i, maps * dimensions) }),
      ...(attention && wantAttention && { attention: { maps, width, height, values: toBytes(attention) } }),
      ...(attention && wantEvidence && { looked: this.looked(face, attention, importance) }),
    };
  }

  private looked(face: DetectedFace, attention: Float32Array, importance: Float32Array): NonNullable<Read['looked']> {
    const cells = regionsOf(landmarksInChip(face, this.settings.alignment), this.chip, this.grid);
    return { gaze: gaze(attention, importance), mass: massByRegion(attention, cells) };
  }
}

/** What a pass gave, by role. */
type Outputs = Partial<Record<keyof EmbedderSettings['outputs'], Tensor>>;

/** Row `i` of an output, in memory of its own. */
function row(tensor: Tensor | undefined, i: number, length: number): Float32Array {
  if (tensor === undefined || tensor.data.length < (i + 1) * length) {
    throw new Error(`an output of the embedder has shape ${tensor?.shape.join('×') ?? 'none'}, expected N×${length}`);
  }
  return tensor.data.slice(i * length, (i + 1) * length);
}

const toBytes = (values: Float32Array): Uint8Array => Uint8Array.from(values, (value) => Math.round(Math.min(1, Math.max(0, value)) * 255));

