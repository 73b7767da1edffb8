/** `node dist/bench/gpu/main.js`: what a GPU is worth. Parity and faces a second of every GPU runtime that works here, beside the CPU. */
import { MODELS_DIR } from '../../src/paths.js';
import { CANDIDATES, type RuntimeName } from '../../src/runtime/candidates.js';
import { examine } from '../../src/runtime/examine.js';
import { compare, report } from '../runtimes/compare.js';
import { OPTIONS, planOf, USAGE } from '../runtimes/options.js';
import { machine, machineText } from '../support/machine.js';
import { asked } from '../support/options.js';

const values = asked(`node dist/bench/gpu/main.js [options]\n${USAGE}`, OPTIONS);
const plan = planOf(values);

const usable: RuntimeName[] = [];
for (const candidate of CANDIDATES.filter(({ device }) => device !== 'cpu')) {
  const finding = await examine(candidate, MODELS_DIR);
  process.stderr.write(`${candidate.name}: ${finding.why}${finding.usable ? '' : `\n  ${candidate.cure}`}\n`);
  if (finding.usable) usable.push(candidate.name);
}
if (usable.length === 0) {
  process.stderr.write('No GPU can be used here, so there is nothing to measure.\n');
  process.exit(1);
}

const before = machine();
const compared = await compare(['onnx-cpu', ...usable], plan);
process.stdout.write(`${machineText(before)}\n\n${report(compared, plan.batches)}\n`);
if (values.json) process.stdout.write(`${JSON.stringify({ machine: before, compared })}\n`);
