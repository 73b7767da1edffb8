/**
 * `node dist/bench/tfjs-node/main.js --dir FOLDER`: builds tfjs-node where its own installer cannot download, and compares it with the other
 * runtimes of a CPU. Its addon is that of tfjs-node-gpu, so this is what can be shown of that one without a GPU.
 */
import { resolve } from 'node:path';
import { compare, report } from '../runtimes/compare.js';
import { OPTIONS, planOf, USAGE } from '../runtimes/options.js';
import { machine, machineText } from '../support/machine.js';
import { asked, fail } from '../support/options.js';
import { buildTfjsNode } from './build.js';

const usage = `node dist/bench/tfjs-node/main.js --dir FOLDER [options]
  --dir FOLDER         where it is built: 1.3 GB, kept for the next time (Linux x64, Python 3 with pip, a C++ compiler)
${USAGE}`;
const values = asked(usage, { ...OPTIONS, dir: { type: 'string' } });
const plan = planOf(values);
process.env.NODE_PATH = buildTfjsNode(resolve(values.dir ?? fail(usage)));
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';

const before = machine();
const compared = await compare(['onnx-cpu', 'tfjs-node', 'tfjs-wasm'], plan);
process.stdout.write(`${machineText(before)}\n\n${report(compared, plan.batches)}\n`);
if (values.json) process.stdout.write(`${JSON.stringify({ machine: before, compared })}\n`);
