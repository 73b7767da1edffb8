import { type AnalysedFace, type AnalyseOptions, type DetectedFace, type Gaze, REGIONS } from '../types.js';
import type { Picture } from './picture.js';
import { grey, interleaved, normalise } from './planar.js';
import { place } from './place.js';
import type { EmbedderSettings, Network, Tensor } from './ports.js';
import { quality } from './quality.js';
import { gaze, hide, landmarksInChip, massByRegion, regionsOf } from './regions.js';
import { Warper, type Chip } from './warp.js';

/** Faces a pass. On one thread a face takes 11.5 ms alone, 11.0 in fours, 11.7 in eights and more: the cache is full. */
const BATCH = 4;
/** Faces of a picture that are given evidence: each costs two more passes a region. */
const MOST_EXPLAINED = 12;

/** All but the encoding of the crop and the heat map. */
export interface EmbeddedFace extends Omit<AnalysedFace, 'crop' | 'gaze'> {
  /** The aligned face as packed RGB, if wanted. */
  readonly pixels?: Uint8Array;
  /** If evidence is wanted: where the network looked, a value a cell of the attention grid, and what goes into `Gaze`. */
  readonly looked?: Omit<Gaze, 'heatMap'> & { readonly gaze: Float32Array };
}

type Read = Pick<EmbeddedFace, 'embedding' | 'importance' | 'attention' | 'parts'>;
type AlignedFace = Omit<EmbeddedFace, keyof Read | 'looked'>;

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
    /** Faces that are handed to the network at a time. */
    private readonly facesAPass = BATCH,
  ) {
    const { input, alignment } = settings;
    this.chip = { width: input.width, height: input.height, fill: alignment.fill };
    const [rows, columns] = settings.attentionSize;
    this.grid = { width: columns, height: rows };
    this.faceLength = 3 * input.width * input.height;
    this.batch = new Float32Array(Math.max(BATCH, facesAPass) * this.faceLength);
    const [left, right] = alignment.template;
    this.eyeDistance = Math.hypot(left[0] - right[0], left[1] - right[1]);
  }

  async embed(picture: Picture, faces: readonly DetectedFace[], options: EmbedOptions): Promise<EmbeddedFace[]> {
    const embedded: EmbeddedFace[] = [];
    const most = options.wantEvidence === true ? BATCH : this.facesAPass;
    for (let start = 0; start < faces.length; start += most) {
      const wantEvidence = options.wantEvidence === true && start < MOST_EXPLAINED;
      embedded.push(...(await this.embedBatch(picture, faces.slice(start, start + most), { ...options, wantEvidence })));
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
    if (wantParts) wanted.push('parts');
    if (wantAttention || wantEvidence) wanted.push('attention');
    const tensors = await this.network.run(input, wanted.map((name) => outputs[name]));
    const given: Outputs = Object.fromEntries(wanted.map((name, i) => [name, tensors[i]]));
    const read = seen.map((face, i) => ({ ...face, ...this.read(given, i, wantAttention) }));
    return wantEvidence ? this.explain(read, given.attention) : read;
  }

  /** Runs over what is in the batch once more, region by region. */
  private async explain(faces: readonly EmbeddedFace[], attention: Tensor | undefined): Promise<EmbeddedFace[]> {
    const levels = this.batch.slice(0, faces.length * this.faceLength);
    const explained: EmbeddedFace[] = [];
    for (const [i, face] of faces.entries()) {
      const maps = row(attention, i, this.settings.maps * this.grid.width * this.grid.height);
      const cells = regionsOf(landmarksInChip(face, this.settings.alignment), this.chip, this.grid);
      const own = levels.subarray(i * this.faceLength, (i + 1) * this.faceLength);
      const [alone, without] = [await this.embedRegions(own, cells, true), await this.embedRegions(own, cells, false)];
      explained.push({ ...face, looked: { gaze: gaze(maps, face.importance), mass: massByRegion(maps, cells), alone, without } });
    }
    return explained;
  }

  /** The face with all but one region hidden, or with that region hidden: an embedding each, end to end. */
  private async embedRegions(levels: Float32Array, cells: Uint8Array, alone: boolean): Promise<Float32Array> {
    const { dimensions, outputs, input, alignment } = this.settings;
    const found = new Float32Array(REGIONS.length * dimensions);
    for (let start = 0; start < REGIONS.length; start += BATCH) {
      const count = Math.min(BATCH, REGIONS.length - start);
      const data = this.batch.subarray(0, count * this.faceLength);
      for (let i = 0; i < count; i++) {
        const one = data.subarray(i * this.faceLength, (i + 1) * this.faceLength);
        one.set(levels);
        hide(one, { chip: this.chip, grid: this.grid }, (cell) => (cells[cell] === start + i) !== alone, grey(input, alignment.fill));
      }
      const [embedding] = await this.network.run({ data, shape: [count, 3, this.chip.height, this.chip.width] }, [outputs.embedding]);
      for (let i = 0; i < count; i++) found.set(row(embedding, i, dimensions), (start + i) * dimensions);
    }
    return found;
  }

  /** Warps one face into the batch, looks at it, and turns its levels into what the network is fed. */
  private align(picture: Picture, face: DetectedFace, levels: Float32Array, { wantCrops, wantEvidence = false }: EmbedOptions): AlignedFace {
    this.warper.warp(picture, place(face, this.settings.alignment), this.chip, levels);
    const seen = { ...face, quality: quality(face, levels, this.chip, this.eyeDistance) };
    const pixels = wantCrops || wantEvidence ? { pixels: interleaved(levels) } : {};
    normalise(levels, this.settings.input);
    return { ...seen, ...pixels };
  }

  private read(outputs: Outputs, i: number, wantAttention: boolean): Read {
    const { dimensions, maps, attentionSize } = this.settings;
    const [height, width] = attentionSize;
    const attention = outputs.attention && row(outputs.attention, i, maps * width * height);
    const importance = row(outputs.importance, i, maps);
    return {
      embedding: row(outputs.embedding, i, dimensions),
      importance,
      ...(outputs.parts && { parts: row(outputs.parts, i, maps * dimensions) }),
      ...(attention && wantAttention && { attention: { maps, width, height, values: toBytes(attention) } }),
    };
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

