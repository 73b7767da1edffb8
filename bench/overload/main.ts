/** `npm run bench:overload`: what clients that misbehave cost the server in memory, and whether others are still served. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MODELS_DIR } from '../../src/paths.js';
import { machine, machineText } from '../support/machine.js';
import { asked, number } from '../support/options.js';
import { enrolPeople } from '../support/people.js';
import { ServerProcess, type ServerOptions } from '../support/server.js';
import { figures, report, withinLimits } from './report.js';
import { SCENARIOS } from './scenarios.js';
import { misuse, type Normal, normalLoad, type Reading } from './trial.js';

const USAGE = `bench:overload [--seconds N] [--models-dir DIR] [--json]
Each kind of misuse for N seconds (15), one after the other against one server. Exit code 1: one of them cost more than it may.`;
const values = asked(USAGE, {
  json: { type: 'boolean', default: false },
  seconds: { type: 'string', default: '15' },
  'models-dir': { type: 'string', default: MODELS_DIR },
});
const seconds = number('--seconds', values.seconds, 1);
const STRANGERS = 200;

const host = machine();
process.stdout.write(`${machineText(host)}\n`);
const dataDir = await mkdtemp(join(tmpdir(), 'glimpse-overload-'));
try {
  // The rate limit would answer a flood before the frame policies have to.
  const options = { dataDir, flags: ['--models-dir', values['models-dir'], '--max-frame-rate', '10000'] };
  await enrol(options);
  const { normal, readings } = await measure(options);
  process.stdout.write(`${report(normal, readings)}\n`);
  if (values.json) process.stdout.write(`${JSON.stringify({ ...figures(normal, readings), machine: host })}\n`);
  process.exitCode = withinLimits(readings) ? 0 : 1;
} finally {
  await rm(dataDir, { recursive: true, force: true });
}

/** One server bears all of it, one after the other, so that nothing that a scenario leaves behind is forgotten. */
async function measure(options: ServerOptions): Promise<{ normal: Normal; readings: Reading[] }> {
  const server = await ServerProcess.start(options);
  try {
    const normal = await normalLoad(server);
    const readings: Reading[] = [];
    for (const scenario of SCENARIOS) {
      const reading = await misuse(server, normal, scenario, seconds);
      process.stderr.write(`${scenario.name}: peak ${reading.deltaMb.toFixed(1)} MB above resting\n`);
      readings.push(reading);
    }
    return { normal, readings };
  } finally {
    await server.stop();
  }
}

async function enrol(options: ServerOptions): Promise<void> {
  const server = await ServerProcess.start(options);
  try {
    await enrolPeople(server.address, STRANGERS);
  } finally {
    await server.stop();
  }
}
