/** `npm run bench:report`: writes its section of docs/benchmarks.md, and its pictures, from what runs have left in docs/benchmarks. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../src/paths.js';
import { machine } from '../support/machine.js';
import { asked, whole } from '../support/options.js';
import { charts, section, type SweepRun, type ThroughputRun, withSection } from './page.js';
import { sweep } from './sweeps.js';

const USAGE = `bench:report [--measure [--rounds N] [--seconds N]]
Writes its section of docs/benchmarks.md, and its pictures, from docs/benchmarks/throughput.json (npm run bench -- --save docs/benchmarks/throughput.json)
and docs/benchmarks/sweeps.json, which --measure makes: by image size, faces a frame, streams and runtime, N rounds (3) of N seconds (8).`;
const values = asked(USAGE, {
  measure: { type: 'boolean', default: false },
  rounds: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '8' },
});
const docs = join(ROOT, 'docs');
const runs = join(docs, 'benchmarks');
const page = join(docs, 'benchmarks.md');

if (values.measure) {
  const [rounds, seconds, host] = [whole('--rounds', values.rounds, 1), whole('--seconds', values.seconds, 1), machine()];
  const run: SweepRun = { machine: host, rounds, seconds, sweeps: await sweep(rounds, seconds) };
  await writeFile(join(runs, 'sweeps.json'), `${JSON.stringify(run, undefined, 1)}\n`);
}
const throughput = await read<ThroughputRun>('throughput.json', 'npm run bench -- --save docs/benchmarks/throughput.json');
const sweeps = await read<SweepRun>('sweeps.json', 'npm run bench:report -- --measure');
await writeFile(page, withSection(await readFile(page, 'utf8'), section(throughput, sweeps)));
for (const [name, picture] of Object.entries(charts(throughput, sweeps))) await writeFile(join(runs, name), picture);
process.stdout.write(`${page}\n`);

async function read<T>(name: string, cure: string): Promise<T> {
  const text = await readFile(join(runs, name), 'utf8').catch((cause: unknown) => {
    throw new Error(`docs/benchmarks/${name} is missing: ${cure} makes it`, { cause });
  });
  return JSON.parse(text) as T;
}
