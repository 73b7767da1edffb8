/** `node dist/bench/throughput/batches.js`: what a larger batch, or more threads inside one session, are worth to the embedder. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { MODELS_DIR } from '../../src/paths.js';
import { readEmbedderContract } from '../../src/runtime/contract.js';
import type { Network } from '../../src/runtime/network.js';
import { openOnnx } from '../../src/runtime/onnx.js';
import { machine, machineText } from '../support/machine.js';
import { spread, spreadText } from '../support/stats.js';
import { table } from '../support/table.js';

const BATCHES = [1, 2, 4, 8, 16];
const PASSES = 25;
/** The first passes pay for memory and code. */
const WARM_UP = 5;

process.stdout.write(`${machineText(machine())}\n\n`);
const path = join(MODELS_DIR, 'embedder.json');
const contract = await readEmbedderContract(path);
const threads = [...new Set([1, availableParallelism()])];
const columns = await Promise.all(threads.map((count) => openOnnx(path, contract, 'cpu', count)));
const rows: string[][] = [];
for (const batch of BATCHES) {
  const cells: string[] = [];
  for (const network of columns) cells.push(spreadText(spread(await millisecondsAFace(network, batch))));
  rows.push([String(batch), ...cells]);
}
process.stdout.write(`${table(['faces a pass', ...threads.map((count) => `ms a face, ${count} thread${count > 1 ? 's' : ''} in the session`)], rows)}\n`);

async function millisecondsAFace(network: Network, batch: number): Promise<number[]> {
  const { width, height } = contract.input;
  const values = Float32Array.from({ length: batch * 3 * width * height }, () => Math.random() * 2 - 1);
  const feed = { data: values, shape: [batch, 3, height, width] };
  const outputs = [contract.outputs.embedding, contract.outputs.importance];
  const spent: number[] = [];
  for (let pass = 0; pass < PASSES; pass++) {
    const start = performance.now();
    await network.run(feed, outputs);
    spent.push((performance.now() - start) / batch);
  }
  return spent.slice(WARM_UP);
}
