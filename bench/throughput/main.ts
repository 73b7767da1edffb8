/** `npm run bench`: what the service makes of the machine, as a share of what the networks alone make of it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machine, machineText } from '../support/machine.js';
import { enrolPeople } from '../support/people.js';
import { describe, groupFrames } from '../support/pictures.js';
import { ServerProcess } from '../support/server.js';
import { latencies, measure, peers } from './measure.js';
import { readOptions } from './options.js';
import { figures, report } from './report.js';

const STRANGERS = 1000;

const options = readOptions(process.argv.slice(2));
const host = machine();
say(machineText(host));
say((await Promise.all((await groupFrames(options.width)).map(describe))).join(', '));
const dataDir = await mkdtemp(join(tmpdir(), 'glimpse-bench-'));
try {
  const flags = ['--models-dir', options.modelsDir, '--workers', String(options.workers), '--max-frame-rate', '10000'];
  const identities = await enrol(flags);
  const bench = { options, dataDir, flags };
  const results = await measure(bench);
  const found = options.brief ? { results } : { results, latency: await latencies(bench, results), peers: await peers(bench) };
  say(report(found, identities));
  if (options.save !== '') await writeFile(options.save, `${JSON.stringify({ machine: host, width: options.width, identities, ...found }, undefined, 1)}\n`);
  if (options.json) process.stdout.write(`${JSON.stringify({ ...figures(found), width: options.width, identities, machine: host })}\n`);
} finally {
  await rm(dataDir, { recursive: true, force: true });
}

async function enrol(flags: readonly string[]): Promise<number> {
  const server = await ServerProcess.start({ dataDir, flags });
  try {
    return await enrolPeople(server.address, STRANGERS);
  } finally {
    await server.stop();
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
