/** `npm run bench:soak`: whether anything grows in a server that works at 90 % of its capacity. Exit code 1 when it does. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MODELS_DIR } from '../../src/paths.js';
import type { LoadInput, LoadOutput } from '../support/load.js';
import { machine, machineText } from '../support/machine.js';
import { asked, fail, number } from '../support/options.js';
import { enrolPeople } from '../support/people.js';
import { SAMPLE_MS } from '../support/probe.js';
import { ServerProcess } from '../support/server.js';
import { runTrial } from '../support/trial.js';
import { soakFigures, soakReport } from './report.js';

const USAGE = `bench:soak [--minutes N] [--save FILE] [--models-dir DIR] [--json]
Four cameras give a server 90 % of what it can do, for N minutes (30), and its memory, handles, tensors and queue are looked at every second.
--save keeps the samples. Exit code 1: something grows.`;
const values = asked(USAGE, {
  json: { type: 'boolean', default: false },
  minutes: { type: 'string', default: '30' },
  save: { type: 'string', default: '' },
  'models-dir': { type: 'string', default: MODELS_DIR },
});
const minutes = number('--minutes', values.minutes, 0) || fail('--minutes has to be more than 0');
const SHARE = 0.9;
const STRANGERS = 200;
const CAMERAS = { width: 640, evidence: false, streams: 4, inFlight: 8, warmUpMs: 3000 };

const host = machine();
process.stdout.write(`${machineText(host)}\n`);
const dataDir = await mkdtemp(join(tmpdir(), 'glimpse-soak-'));
const server = await ServerProcess.start({ dataDir, flags: ['--models-dir', values['models-dir'], '--max-frame-rate', '10000'] });
try {
  await enrolPeople(server.address, STRANGERS);
  // Long enough for the memory of a fresh process to settle, in a run that is longer itself.
  const { framesPerSecond: capacity } = await load({ measureMs: 1000 * Math.max(6, Math.min(60, 6 * minutes)) });
  const measureMs = minutes * 60_000;
  const reading = await load({ measureMs, framesPerSecond: SHARE * capacity });
  const samples = server.measured.slice(0, Math.floor(measureMs / SAMPLE_MS));
  if (values.save !== '') await writeFile(values.save, JSON.stringify(samples));
  const figures = soakFigures(samples, reading);
  process.stdout.write(`${soakReport(figures)}\n`);
  if (values.json) process.stdout.write(`${JSON.stringify({ ...figures, machine: host })}\n`);
  process.exitCode = figures.withinLimits ? 0 : 1;
} finally {
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
}

function load(input: Pick<LoadInput, 'measureMs' | 'framesPerSecond'>): Promise<LoadOutput> {
  const all: LoadInput = { ...CAMERAS, ...input, address: server.address };
  return runTrial<LoadOutput>(new URL('../support/load.js', import.meta.url), all, { onNote: () => server.reset(), timeoutMs: input.measureMs + 120_000 });
}
