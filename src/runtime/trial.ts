import { join } from 'node:path';
import type { RuntimeName } from './candidates.js';
import { readDetectorContract } from './contract.js';
import type { Tensor } from './network.js';
import { openNetwork } from './open.js';

/**
 * The program that finds out whether a runtime works: `trial.js <runtime> <models folder>` runs the detector and prints a Trial. A process of
 * its own, because a GPU's library may end it, print into it, or keep what it took.
 */

export interface Trial {
  /** Milliseconds for one picture, once warm. */
  readonly ms: number;
  /** Largest difference of an output from ONNX Runtime's on the CPU. */
  readonly difference: number;
}

const [name = '', modelsDir = ''] = process.argv.slice(2);
const path = join(modelsDir, 'detector.json');
const contract = await readDetectorContract(path);
const outputs = contract.outputs.map((output) => output.name);
const side = 4 * contract.input.multiple;
const picture: Tensor = { data: Float32Array.from({ length: 3 * side * side }, (_, i) => Math.sin(i * i)), shape: [1, 3, side, side] };

const { results, ms } = await look(name as RuntimeName);
const wanted = await look('onnx-cpu').catch(() => undefined); // where it is not installed there is nothing to compare with
const trial: Trial = { ms, difference: difference(results, wanted?.results ?? results) };
process.stdout.write(`\n${JSON.stringify(trial)}\n`);

async function look(runtime: RuntimeName): Promise<{ results: Tensor[]; ms: number }> {
  const network = await openNetwork(runtime, path, contract);
  await network.run(picture, outputs);
  const start = performance.now();
  const results = await network.run(picture, outputs);
  const ms = performance.now() - start;
  await network.close();
  return { results, ms };
}

/** Infinite where a number is none. */
function difference(found: readonly Tensor[], expected: readonly Tensor[]): number {
  const all = found.flatMap(({ data }, map) => Array.from(data, (value, i) => Math.abs(value - (expected[map]?.data[i] ?? NaN))));
  return all.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, value) : Infinity), 0);
}
