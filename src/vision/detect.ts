import type { Box, DetectedFace, Landmarks } from '../types.js';
import { area, suppress } from './boxes.js';
import { decodeMap, type Candidate } from './maps.js';
import type { Picture } from './picture.js';
import { toPlanes } from './planar.js';
import type { DetectorSettings, Network } from './ports.js';
import { resize } from './resize.js';

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

/** Finds faces: resize, run, decode, suppress. Not for two pictures at a time: the input buffer is used again. */
export class Detector {
  private input = new Float32Array(0);

  constructor(
    private readonly network: Network,
    private readonly settings: DetectorSettings,
    private readonly options: DetectorOptions,
  ) {}

  /** Largest first; coordinates are pixels of `picture`; boxes end at its edge. */
  async detect(picture: Picture): Promise<DetectedFace[]> {
    const scale = Math.min(MOST_ENLARGED, this.options.size / Math.max(picture.width, picture.height));
    const found = await this.look(picture, scale);
    // A face that fills the picture is larger than any the network knows; at half the size it is not.
    return found.length > 0 ? found : this.look(picture, scale / 2);
  }

  private async look(picture: Picture, scale: number): Promise<DetectedFace[]> {
    const small = await resize(picture, atLeastOne(picture.width * scale), atLeastOne(picture.height * scale));
    const candidates = await this.candidates(small);
    return suppress(candidates, this.settings.nmsIou)
      .map((face) => mapBack(face, picture, small))
      .filter((face) => area(face.box) > 0)
      .sort((a, b) => area(b.box) - area(a.box));
  }

  private async candidates(picture: Picture): Promise<Candidate[]> {
    const { multiple } = this.settings.input;
    const [columns, rows] = [roundUp(picture.width, multiple), roundUp(picture.height, multiple)];
    const input = this.buffer(3 * rows * columns);
    toPlanes(picture, this.settings.input, { columns, rows, fill: FILL }, input);
    const { outputs, score } = this.settings;
    const maps = await this.network.run({ data: input, shape: [1, 3, rows, columns] }, outputs.map((output) => output.name));
    const least = this.options.score ?? score;
    return outputs.flatMap(({ stride, name }, i) => decodeMap(maps[i] ?? missing(name), stride, least));
  }

  /** Memory that is used again: fresh memory costs as much time as filling it. */
  private buffer(length: number): Float32Array {
    if (this.input.length < length) this.input = new Float32Array(length);
    return this.input.subarray(0, length);
  }
}

function missing(output: string): never {
  throw new Error(`the detector gave no output ${output}`);
}

const atLeastOne = (side: number): number => Math.max(1, Math.round(side));

const roundUp = (side: number, multiple: number): number => Math.ceil(side / multiple) * multiple;

function mapBack({ box, landmarks, score }: Candidate, picture: Picture, small: Picture): DetectedFace {
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
