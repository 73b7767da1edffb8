/** `npm run eval:path -- --data DIR`: are two photographs of one person? By the whole path of the product, its own detector and landmarks included. */
import { SETTINGS } from '../../src/config.js';
import { cosine } from '../../src/cosine.js';
import { MODELS_DIR } from '../../src/paths.js';
import { openVision } from '../../src/pipeline/vision-pool.js';
import type { AnalysedFace } from '../../src/types.js';
import { machine, machineText } from '../support/machine.js';
import { asked, fail } from '../support/options.js';
import { median } from '../support/stats.js';
import { table } from '../support/table.js';
import { readLfw } from './lfw.js';
import { foldAccuracy, mean, tarAtFar } from './metrics.js';
import { field, numbers, Pack, type Row } from './packs.js';

const USAGE = `eval:path --data DIR [--models DIR] [--json]
DIR holds lfw.bin, lfw.tsv and lfw-pairs.tsv. Each photograph is looked at as the server would: the face in its middle is found, aligned by the landmarks that were found, and embedded.
Figures are per cent; three minutes on two cores.`;
/** LFW's faces are in the middle of its pictures of 250 pixels. */
const MIDDLE = { x: 75, y: 75, width: 100, height: 100 };

const values = asked(USAGE, { data: { type: 'string' }, models: { type: 'string', default: MODELS_DIR }, json: { type: 'boolean', default: false } });
await main(values.data ?? fail(USAGE), values.models, values.json);

async function main(data: string, modelsDir: string, json: boolean): Promise<void> {
  const { rows, pairs } = await readLfw(data);
  const faces = await lookAtAll(data, rows.length, modelsDir);
  const comparisons = pairs.map(({ a, b, same, fold }) => ({ same, fold, score: alike(faces[a], faces[b]) }));
  const errors = rows.flatMap((row, i) => faces[i] === undefined ? [] : [landmarkError(row, faces[i])]);
  const figures = {
    accuracy: 100 * foldAccuracy(comparisons),
    tarAtFar1e2: 100 * tarAtFar(comparisons, 1e-2),
    tarAtFar1e3: 100 * tarAtFar(comparisons, 1e-3),
    notFound: faces.filter((face) => face === undefined).length,
    landmarkErrorPct: 100 * mean(errors),
    landmarkErrorMedianPct: 100 * median(errors),
  };
  process.stdout.write(`${machineText(machine())}\n\n${rows.length} photographs, ${pairs.length} pairs\n\n${table(['figure', 'value'], Object.entries(figures).map(([name, value]) => [name, value.toFixed(2)]))}\n`);
  if (json) process.stdout.write(`${JSON.stringify({ photographs: rows.length, pairs: pairs.length, ...figures })}\n`);
}

async function lookAtAll(data: string, count: number, modelsDir: string): Promise<(AnalysedFace | undefined)[]> {
  const workers = SETTINGS.workers.fallback;
  const vision = await openVision({ modelsDir, workers, detectorSize: SETTINGS.detectorSize.fallback, maxPixels: SETTINGS.maxPixels.fallback });
  const pack = await Pack.open(data, 'lfw');
  const found: (AnalysedFace | undefined)[] = Array.from({ length: count });
  const queue = found.keys();
  const worker = async (): Promise<void> => {
    for (const picture of queue) {
      const seen = await vision.analyse({ encoded: await pack.read(picture) }, { minFaceSize: SETTINGS.minFaceSize.fallback, maxFaces: 1, select: { box: MIDDLE }, wantCrops: false, wantAttention: false });
      found[picture] = seen.faces[0];
      if (picture % 200 === 0) process.stderr.write(`${picture} of ${count} photographs\n`);
    }
  };
  try {
    await Promise.all(Array.from({ length: 2 * workers }, worker));
  } finally {
    await Promise.all([pack.close(), vision.close()]);
  }
  return found;
}

/** A face that is not found is like nobody. */
function alike(a: AnalysedFace | undefined, b: AnalysedFace | undefined): number {
  return a === undefined || b === undefined ? -1 : cosine(a.embedding, b.embedding);
}

/** Mean distance of the five landmarks from the reference, as a share of the reference's eye distance. */
function landmarkError(row: Row, { landmarks }: AnalysedFace): number {
  const reference = numbers(field(row, 'landmarks_xy5'));
  const at = (i: number): number => reference[i] ?? NaN;
  const eyes = Math.hypot(at(0) - at(2), at(1) - at(3));
  return mean(landmarks.map(({ x, y }, i) => Math.hypot(x - at(2 * i), y - at(2 * i + 1)))) / eyes;
}
