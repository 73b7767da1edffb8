/** `node dist/bench/throughput/batches.js`: what a larger batch, or more threads inside one session, are worth to the embedder. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { MODELS_DIR } from '../../src/paths.js';
import { type EmbedderContract, readEmbedderContract } from '../../src/runtime/contract.js';
import { machine, machineText } from '../support/machine.js';
import { spread, spreadText } from '../support/stats.js';
import { table } from '../support/table.js';

const BATCHES = [1, 2, 4, 8, 16];
const PASSES = 25;
/** The first passes pay for memory and code. */
const WARM_UP = 5;

process.stdout.write(`${machineText(machine())}\n\n`);
const contract = await readEmbedderContract(join(MODELS_DIR, 'embedder.json'));
const threads = [...new Set([1, availableParallelism()])];
const columns = await Promise.all(threads.map((count) => open(contract, count)));
const rows: string[][] = [];
for (const batch of BATCHES) {
  const cells: string[] = [];
  for (const session of columns) cells.push(spreadText(spread(await millisecondsAFace(session, batch))));
  rows.push([String(batch), ...cells]);
}
process.stdout.write(`${table(['faces a pass', ...threads.map((count) => `ms a face, ${count} thread${count > 1 ? 's' : ''} in the session`)], rows)}\n`);

function open({ file }: EmbedderContract, count: number): Promise<InferenceSession> {
  return InferenceSession.create(join(MODELS_DIR, file), { intraOpNumThreads: count, interOpNumThreads: 1, logSeverityLevel: 3 });
}

async function millisecondsAFace(session: InferenceSession, batch: number): Promise<number[]> {
  const { name, width, height } = contract.input;
  const values = Float32Array.from({ length: batch * 3 * width * height }, () => Math.random() * 2 - 1);
  const feed = { [name]: new Tensor('float32', values, [batch, 3, height, width]) };
  const outputs = [contract.outputs.embedding, contract.outputs.importance];
  const spent: number[] = [];
  for (let pass = 0; pass < PASSES; pass++) {
    const start = performance.now();
    await session.run(feed, outputs);
    spent.push((performance.now() - start) / batch);
  }
  return spent.slice(WARM_UP);
}
