/** `npm run bench:overload`: what clients that misbehave cost the server in memory, and whether others are still served. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MODELS_DIR } from '../../src/paths.js';
import { machine, machineText } from '../support/machine.js';
import { enrolPeople } from '../support/people.js';
import { ServerProcess } from '../support/server.js';
import { figures, report, withinLimits } from './report.js';
import { SCENARIOS } from './scenarios.js';
import { overloadTrial, type Reading } from './trial.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '15' },
    'models-dir': { type: 'string', default: MODELS_DIR },
  },
});
const STRANGERS = 200;

const host = machine();
process.stdout.write(`${machineText(host)}\n`);
const dataDir = await mkdtemp(join(tmpdir(), 'glimpse-overload-'));
try {
  // The rate limit would answer a flood before the frame policies have to.
  const options = { dataDir, flags: ['--models-dir', values['models-dir'], '--max-frame-rate', '10000'] };
  await enrol(options);
  const readings: Reading[] = [];
  for (const scenario of SCENARIOS) {
    const reading = await overloadTrial(options, scenario, Number(values.seconds));
    process.stderr.write(`${scenario.name}: ${reading.deltaMb.toFixed(1)} MB above resting\n`);
    readings.push(reading);
  }
  process.stdout.write(`${report(readings)}\n`);
  if (values.json) process.stdout.write(`${JSON.stringify({ ...figures(readings), machine: host })}\n`);
  process.exitCode = withinLimits(readings) ? 0 : 1;
} finally {
  await rm(dataDir, { recursive: true, force: true });
}

async function enrol(options: { dataDir: string; flags: readonly string[] }): Promise<void> {
  const server = await ServerProcess.start(options);
  try {
    await enrolPeople(server.address, STRANGERS);
  } finally {
    await server.stop();
  }
}
