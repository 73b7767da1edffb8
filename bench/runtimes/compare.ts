import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MODELS_DIR } from '../../src/paths.js';
import type { RuntimeName } from '../../src/runtime/candidates.js';
import { readEmbedderContract } from '../../src/runtime/contract.js';
import { readModel } from '../../src/runtime/tfjs/model.js';
import type { Box } from '../../src/types.js';
import { round, spreadText } from '../support/stats.js';
import { table } from '../support/table.js';
import { runTrial } from '../support/trial.js';
import { convolutionFlops } from './flops.js';
import type { Sight, Speed, TrialInput, TrialOutput } from './trial.js';

export type Plan = Omit<TrialInput, 'runtime'> & {
  /** What the device can do at most, in TFLOP/s of 32-bit floats, by its maker; 0: not known. */
  readonly peakTflops: number;
};

/** One runtime beside the reference. */
export interface Compared {
  readonly runtime: RuntimeName;
  readonly openMs: number;
  /** By faces a pass, in the plan's order. */
  readonly speeds: readonly Speed[];
  /** Share of the peak at the fastest batch size; absent where the peak is not known. */
  readonly ofPeak?: number;
  readonly parity: Parity;
}

export interface Parity {
  readonly faces: number;
  /** Whether both found as many faces in each photograph. */
  readonly sameFaces: boolean;
  /** Largest 1 − cosine of a face's embeddings, largest distance of a box's edges in pixels of the photograph. */
  readonly cosineDistance: number;
  readonly pixels: number;
}

/** Runs every runtime in turn, the first being the reference. */
export async function compare(runtimes: readonly RuntimeName[], { peakTflops, ...plan }: Plan): Promise<Compared[]> {
  const gigaflops = await gigaflopsAFace();
  const compared: Compared[] = [];
  let reference: TrialOutput | undefined;
  for (const runtime of runtimes) {
    process.stderr.write(`${runtime} …\n`);
    const input: TrialInput = { ...plan, runtime };
    const output = await runTrial<TrialOutput>(new URL('./trial.js', import.meta.url), input, { timeoutMs: 1_200_000 });
    reference ??= output;
    const fastest = Math.max(...output.speeds.map(({ facesPerSecond }) => facesPerSecond.median));
    compared.push({
      runtime,
      openMs: output.openMs,
      speeds: output.speeds,
      ...(peakTflops > 0 && { ofPeak: (fastest * gigaflops) / (1000 * peakTflops) }),
      parity: parity(reference.seen, output.seen),
    });
  }
  return compared;
}

export function report(compared: readonly Compared[], batches: readonly number[]): string {
  const rates = compared.map(({ runtime, speeds, ofPeak }) => [
    runtime, ...speeds.map(({ facesPerSecond }) => spreadText(facesPerSecond)), ofPeak === undefined ? '' : `${(100 * ofPeak).toFixed(1)} %`,
  ]);
  const costs = compared.map(({ runtime, speeds }) => [runtime, ...speeds.map(({ cpuMsAFace }) => cpuMsAFace.toFixed(1))]);
  const sizes = batches.map((batch) => `${batch} a pass`);
  const parities = compared.map(({ runtime, openMs, parity: { faces, sameFaces, cosineDistance, pixels } }) => [
    runtime, round(openMs, 0), faces, sameFaces ? 'yes' : 'no', cosineDistance.toExponential(1), pixels.toExponential(1),
  ]);
  return [
    'Faces a second of the embedder, median (least – most):',
    table(['runtime', ...sizes, 'of the peak'], rates),
    'Processor milliseconds a face, all threads together:',
    table(['runtime', ...sizes], costs),
    `Parity with ${compared[0]?.runtime ?? 'nothing'}:`,
    table(['runtime', 'ms to open', 'faces', 'all found', 'largest cosine distance', 'largest distance of boxes, px'], parities),
  ].join('\n\n');
}

async function gigaflopsAFace(): Promise<number> {
  const { file, input } = await readEmbedderContract(join(MODELS_DIR, 'embedder.json'));
  return convolutionFlops(readModel(await readFile(join(MODELS_DIR, file))), [input.height, input.width]) / 1e9;
}

function parity(expected: TrialOutput['seen'], found: TrialOutput['seen']): Parity {
  const sameFaces = expected.every((faces, i) => faces.length === found[i]?.length);
  const pairs = sameFaces ? expected.flatMap((faces, i) => faces.map((face, j) => [face, found[i]?.[j] ?? face] as const)) : [];
  return {
    faces: expected.flat().length,
    sameFaces,
    cosineDistance: Math.max(0, ...pairs.map(([a, b]) => cosineDistance(a, b))),
    pixels: Math.max(0, ...pairs.map(([a, b]) => furthest(edges(a.box), edges(b.box)))),
  };
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);
const cosineDistance = ({ embedding: a }: Sight, { embedding: b }: Sight): number => 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
const edges = ({ x, y, width, height }: Box): number[] => [x, y, x + width, y + height];
const furthest = (a: readonly number[], b: readonly number[]): number => Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? NaN))));
