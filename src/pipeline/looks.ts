import { covered, type Pixels } from '../calibration/cover.js';
import { generator } from '../calibration/random.js';
import type { AnalysedFace, AnalyseOptions, Box, FaceSelector, Vision } from '../types.js';

/** What the production vision makes of one view of a photograph's largest face. */
export interface Look {
  /** 0: as it is; 1 to 3: with ever more of it hidden. */
  readonly view: number;
  readonly visibility: number;
  readonly embedding: Float32Array;
}

const PLAIN: Omit<AnalyseOptions, 'select' | 'minFaceSize'> = { maxFaces: 1, wantCrops: false, wantAttention: false };

/**
 * The largest face of a picture as it is, and, if wanted, under three covers. A view in which the face is not found any more is left out; without a face there is
 * no look at all.
 */
export async function looks(vision: Pick<Vision, 'analyse'>, picture: Pixels, { seed, minFaceSize, covers }: { seed: number; minFaceSize: number; covers: boolean }): Promise<Look[]> {
  const whole = await see(vision, picture, { select: 'LARGEST', minFaceSize });
  if (whole === undefined) return [];
  const views = covers ? covered(picture, whole.landmarks, generator(seed)) : [];
  const seen = await Promise.all(views.map((view) => see(vision, view, { select: { box: whole.box }, minFaceSize })));
  const same = seen.map((face) => (face !== undefined && overlaps(face.box, whole.box) ? face : undefined));
  return [whole, ...same].flatMap((face, view) => (face === undefined ? [] : [{ view, visibility: face.quality.visibility, embedding: face.embedding }]));
}

async function see(vision: Pick<Vision, 'analyse'>, { width, height, data }: Pixels, how: { select: FaceSelector; minFaceSize: number }): Promise<AnalysedFace | undefined> {
  const { faces } = await vision.analyse({ raw: { format: 'RGB24', width, height, stride: 0, data } }, { ...PLAIN, ...how });
  return faces[0];
}

/** Boxes of half-hidden faces are tighter or looser, but their middles stay within. */
function overlaps(a: Box, b: Box): boolean {
  const [x, y] = [a.x + a.width / 2, a.y + a.height / 2];
  return x > b.x && x < b.x + b.width && y > b.y && y < b.y + b.height;
}
