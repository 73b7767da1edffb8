import sharp from 'sharp';
import type { AnalyseOptions, AnalysedFace, Box, DetectedFace, FrameAnalysis, ImageSource } from '../types.js';
import { choose, iou, shorterSide } from './boxes.js';
import { Detector, type DetectorOptions } from './detect.js';
import { Embedder, type EmbeddedFace } from './embed.js';
import { heatMap } from './heat-map.js';
import { decode } from './image.js';
import type { Picture } from './picture.js';
import type { DetectorSettings, EmbedderSettings, Network } from './ports.js';
import { fromRaw } from './raw.js';

export interface Parts {
  readonly detector: { readonly network: Network; readonly settings: DetectorSettings };
  readonly embedder: { readonly network: Network; readonly settings: EmbedderSettings };
}

export interface AnalyserOptions {
  readonly detector: DetectorOptions;
  /** Largest picture, width times height. */
  readonly maxPixels: number;
  /** Faces that are handed to the embedder at a time, if others than what suits one thread of a CPU. */
  readonly facesAPass?: number;
}

/** One picture's whole vision, one picture at a time: decode → detect → choose → align → embed. */
export class Analyser {
  private readonly detector: Detector;
  private readonly embedder: Embedder;

  constructor(
    { detector, embedder }: Parts,
    private readonly options: AnalyserOptions,
  ) {
    this.detector = new Detector(detector.network, detector.settings, options.detector);
    this.embedder = new Embedder(embedder.network, embedder.settings, options.facesAPass);
  }

  /** Throws GlimpseError `undecodable`. `timing.queue` is 0: nothing waits here. */
  async analyse(source: ImageSource, options: AnalyseOptions): Promise<FrameAnalysis> {
    const clock = stopwatch();
    const picture = await toPicture(source, this.options.maxPixels);
    const decodeMs = clock();
    const { strong, weak } = await this.detector.detectAll(picture, options.wantWeak === true);
    const isLarge = (face: DetectedFace): boolean => shorterSide(face.box) >= options.minFaceSize;
    const large = strong.filter(isLarge);
    const chosen = choose(large, options.select).slice(0, options.maxFaces);
    const again = expected(chosen, options.settled ?? []);
    const detectMs = clock();
    const faces = await this.describe(picture, chosen.filter((face) => !again.includes(face)), options);
    return {
      width: picture.width,
      height: picture.height,
      detected: large.length,
      largestDropped: largestDropped(strong, options.minFaceSize),
      faces,
      ...(again.length > 0 && { again }),
      ...(options.wantWeak === true && { weak: weak.filter(isLarge).slice(0, options.maxFaces) }),
      timing: { queue: 0, decode: decodeMs, detect: detectMs, embed: clock() },
    };
  }

  /** Runs both networks once on nothing: their first passes allocate, and nobody's frame should wait for that. */
  async warmUp(): Promise<void> {
    const { size: width } = this.options.detector;
    const size = { width, height: Math.ceil(width * 0.75) };
    const picture = { ...size, data: new Uint8Array(size.width * size.height * 3) };
    await this.detector.detect(picture);
    const landmark = { x: size.width / 2, y: size.height / 2, visibility: 0 };
    const face: DetectedFace = { box: { x: 0, y: 0, ...size }, landmarks: [landmark, landmark, landmark, landmark, landmark], score: 0 };
    await this.embedder.embed(picture, [face], { wantCrops: false, wantAttention: false });
  }

  private async describe(picture: Picture, chosen: readonly DetectedFace[], options: AnalyseOptions): Promise<AnalysedFace[]> {
    const embedded = await this.embedder.embed(picture, chosen, options);
    return Promise.all(embedded.map((face) => this.withWebp(face)));
  }

  private async withWebp({ pixels, looked, ...face }: EmbeddedFace): Promise<AnalysedFace> {
    if (pixels === undefined) return face;
    const { chip, grid } = this.embedder;
    const { width, height } = chip;
    const crop = await sharp(pixels, { raw: { width, height, channels: 3 } }).webp().toBuffer();
    if (looked === undefined) return { ...face, crop };
    const { gaze, ...said } = looked;
    return { ...face, crop, gaze: { heatMap: await heatMap(pixels, chip, gaze, grid), ...said } };
  }
}

/** The least overlap of a face with the place where it is expected. */
const IN_PLACE = 0.5;

/** Those that stand where one is expected, with no other face near that place. */
function expected(faces: readonly DetectedFace[], places: readonly Box[]): DetectedFace[] {
  return places.flatMap((place) => {
    const [face, other] = faces.filter(({ box }) => iou(box, place) > 0);
    return face !== undefined && other === undefined && iou(face.box, place) >= IN_PLACE ? [face] : [];
  });
}

async function toPicture(source: ImageSource, maxPixels: number): Promise<Picture> {
  return 'raw' in source ? fromRaw(source.raw, maxPixels) : decode(source.encoded, maxPixels);
}

function largestDropped(faces: readonly DetectedFace[], minFaceSize: number): number {
  const sides = faces.map((face) => shorterSide(face.box)).filter((side) => side < minFaceSize);
  return Math.max(0, ...sides);
}

/** Each call gives the milliseconds since the one before. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const spent = now - last;
    last = now;
    return spent;
  };
}
