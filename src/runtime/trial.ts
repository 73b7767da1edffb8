import { join } from 'node:path';
import type { RuntimeName } from './candidates.js';
import { readDetectorContract, readEmbedderContract } from './contract.js';
import type { NetworkFile } from './file.js';
import type { Tensor } from './network.js';
import { openNetwork } from './open.js';

/**
 * The program that finds out whether a runtime works: `trial.js <runtime> <models folder>` runs both networks and prints a Trial. A process of
 * its own, because a GPU's library may end it, print into it, or keep what it took.
 */

export interface Trial {
  /** Milliseconds of the detector for one picture, once warm. */
  readonly ms: number;
  /** Largest difference of one of the detector's outputs from ONNX Runtime's on the CPU. */
  readonly difference: number;
  /** 1 − cosine between the embedder's output and ONNX Runtime's on the CPU. */
  readonly distance: number;
}

interface Subject {
  readonly path: string;
  readonly contract: NetworkFile;
  readonly input: Tensor;
  readonly outputs: readonly string[];
}

const [name = '', modelsDir = ''] = process.argv.slice(2);
const subjects = [await detector(), await embedder()] as const;

const found = await look(name as RuntimeName);
const wanted = await look('onnx-cpu').catch(() => found); // where it is not installed there is nothing to compare with
const trial: Trial = {
  ms: found.ms,
  difference: difference(found.maps, wanted.maps),
  distance: distance(found.embeddings[0]?.data, wanted.embeddings[0]?.data),
};
process.stdout.write(`\n${JSON.stringify(trial)}\n`);

async function detector(): Promise<Subject> {
  const path = join(modelsDir, 'detector.json');
  const contract = await readDetectorContract(path);
  const side = 4 * contract.input.multiple;
  return { path, contract, input: picture(side, side), outputs: contract.outputs.map((output) => output.name) };
}

async function embedder(): Promise<Subject> {
  const path = join(modelsDir, 'embedder.json');
  const contract = await readEmbedderContract(path);
  const { width, height } = contract.input;
  return { path, contract, input: picture(height, width), outputs: [contract.outputs.embedding] };
}

function picture(height: number, width: number): Tensor {
  return { data: Float32Array.from({ length: 3 * height * width }, (_, i) => Math.sin(i * i)), shape: [1, 3, height, width] };
}

async function look(runtime: RuntimeName): Promise<{ maps: Tensor[]; embeddings: Tensor[]; ms: number }> {
  const [find, embed] = subjects;
  const { results: maps, ms } = await timed(runtime, find, 2);
  const { results: embeddings } = await timed(runtime, embed, 1);
  return { maps, embeddings, ms };
}

/** The results of the last of so many passes, and how long it took. */
async function timed(runtime: RuntimeName, { path, contract, input, outputs }: Subject, passes: number): Promise<{ results: Tensor[]; ms: number }> {
  const network = await openNetwork(runtime, path, contract);
  for (let pass = 1; pass < passes; pass++) await network.run(input, outputs);
  const start = performance.now();
  const results = await network.run(input, outputs);
  const ms = performance.now() - start;
  await network.close();
  return { results, ms };
}

/** Infinite where a number is none. */
function difference(some: readonly Tensor[], others: readonly Tensor[]): number {
  const all = some.flatMap(({ data }, map) => Array.from(data, (value, i) => Math.abs(value - (others[map]?.data[i] ?? NaN))));
  return all.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, value) : Infinity), 0);
}

function distance(a: Float32Array = new Float32Array(0), b: Float32Array = new Float32Array(0)): number {
  const dot = (p: Float32Array, q: Float32Array): number => p.reduce((sum, value, i) => sum + value * (q[i] ?? NaN), 0);
  const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  return Number.isFinite(cosine) ? 1 - cosine : 2;
}
