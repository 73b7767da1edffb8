import type { Box, DetectedFace, Landmarks } from '../types.js';
import { agreed } from './agree.js';
import { area, suppress } from './boxes.js';
import { decodeMap, type Candidate } from './maps.js';
import type { Picture } from './picture.js';
import type { DetectorSettings, Network } from './ports.js';
import { Resampler } from './resample.js';

/** Grey beyond the picture's right and lower edge, as in training. */
const FILL = 128;
/** Small pictures are enlarged this much at most: in what comes beyond there is nothing new to see. */
const MOST_ENLARGED = 2;

export interface DetectorOptions {
  /** Longer side, in pixels, at which faces are looked for. */
  readonly size: number;
  /** Overrides the contract's score. */
  readonly score?: number;
}

/** Of the score that makes a face, the share from which on something is reported as weak. */
const WEAK = 0.5;

/** Both largest first. */
export interface Found {
  readonly strong: DetectedFace[];
  readonly weak: DetectedFace[];
}

/** Finds faces: resample, run, decode, suppress. Not for two pictures at a time: the input's memory is used again. */
export class Detector {
  private readonly resampler: Resampler;

  constructor(
    private readonly network: Network,
    private readonly settings: DetectorSettings,
    private readonly options: DetectorOptions,
  ) {
    this.resampler = new Resampler(settings.input);
  }

  /** Largest first; coordinates are pixels of `picture`; boxes end at its edge. */
  async detect(picture: Picture): Promise<DetectedFace[]> {
    return (await this.detectAll(picture, false)).strong;
  }

  /** Also what is hardly a face, if wanted. */
  async detectAll(picture: Picture, wantWeak: boolean): Promise<Found> {
    const scale = Math.min(MOST_ENLARGED, this.options.size / Math.max(picture.width, picture.height));
    const found = await this.look(picture, scale, wantWeak);
    if (found.strong.length > 0) return found;
    // A face that fills the picture is larger than any the network knows; at half the size it is not.
    const larger = await this.look(picture, scale / 2, wantWeak);
    return larger.strong.length > 0 ? larger : found;
  }

  private async look(picture: Picture, scale: number, wantWeak: boolean): Promise<Found> {
    const size = { width: atLeastOne(picture.width * scale), height: atLeastOne(picture.height * scale) };
    const enough = this.options.score ?? this.settings.score;
    const candidates = await this.candidates(picture, size, wantWeak ? WEAK * enough : enough);
    const sure = candidates.filter(({ score }) => score >= enough); // what is hardly a face has no say in where a face's landmarks lie
    const faces = suppress(candidates, this.settings.nmsIou)
      .map((face) => mapBack(agreed(face, face.score >= enough ? sure : candidates), picture, size))
      .filter((face) => area(face.box) > 0)
      .sort((a, b) => area(b.box) - area(a.box));
    return { strong: faces.filter(({ score }) => score >= enough), weak: faces.filter(({ score }) => score < enough) };
  }

  private async candidates(picture: Picture, { width, height }: Size, least: number): Promise<Candidate[]> {
    const { input, outputs } = this.settings;
    const frame = { columns: roundUp(width, input.multiple), rows: roundUp(height, input.multiple), fill: FILL };
    const fed = this.resampler.resample(picture, width, height, frame);
    const maps = await this.network.run(fed, outputs.map((output) => output.name));
    return outputs.flatMap(({ stride, name }, i) => decodeMap(maps[i] ?? missing(name), stride, least));
  }
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function missing(output: string): never {
  throw new Error(`the detector gave no output ${output}`);
}

const atLeastOne = (side: number): number => Math.max(1, Math.round(side));

const roundUp = (side: number, multiple: number): number => Math.ceil(side / multiple) * multiple;

function mapBack({ box, landmarks, score }: Candidate, picture: Picture, small: Size): DetectedFace {
  const sx = picture.width / small.width;
  const sy = picture.height / small.height;
  const scaled = { x: box.x * sx, y: box.y * sy, width: box.width * sx, height: box.height * sy };
  const points = landmarks.map(({ x, y, visibility }) => ({ x: x * sx, y: y * sy, visibility }));
  return { box: clipped(scaled, picture), landmarks: points as unknown as Landmarks, score };
}

function clipped(box: Box, { width, height }: Picture): Box {
  const x = Math.min(Math.max(box.x, 0), width);
  const y = Math.min(Math.max(box.y, 0), height);
  return { x, y, width: Math.max(0, Math.min(box.x + box.width, width) - x), height: Math.max(0, Math.min(box.y + box.height, height) - y) };
}
