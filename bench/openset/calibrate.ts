/** `npm run calibrate -- --data DIR`: measures on the held-out people what similarities mean, and writes it beside the network: of everybody, which the contract has too, and of adults. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeCohort } from '../../src/calibration/cohort.js';
import { POPULATIONS, type Population, shippedCalibration, takeCalibration, writeCalibration } from '../../src/calibration/file.js';
import { fitAll, refuseNothing, type Sample } from '../../src/calibration/fit.js';
import { MODELS_DIR } from '../../src/paths.js';
import { fingerprint } from '../../src/runtime/fingerprint.js';
import { asked, fail, whole } from '../support/options.js';
import { table } from '../support/table.js';
import { bystanders, heldOut } from './people.js';
import { CACHE, sightsOf } from './sights.js';

const USAGE = `calibrate --data DIR [--models DIR] [--cache DIR] [--photographs N]
DIR holds train-fiw, train-celeba, train-pins and train-utk (.bin, .tsv). The cohort is made of people whom training saw; N photographs of each of the 300 held-out people, 4 unless said, are looked at as they are and with
parts hidden. Minutes; seconds when the cache has seen them. Writes calibration-everybody.json and calibration-adults.json beside the networks, and the first into the contract.`;
const REPLICATES = 200;
const SEED = 1;
/** Seen of the faces whose means are the cohort. */
const CLEARLY = 0.75;

const values = asked(USAGE, {
  data: { type: 'string' },
  models: { type: 'string', default: MODELS_DIR },
  cache: { type: 'string', default: CACHE },
  photographs: { type: 'string', default: '4' },
});
const { data = fail(USAGE), models: modelsDir, cache } = values;
const most = whole('--photographs', values.photographs, 1);
const crowd = await sightsOf(await bystanders(data), { data, modelsDir, cache, onProgress: tell });
const cohort = makeCohort(crowd.flatMap(({ looks }) => looks.flatMap(({ view, visibility, embedding }) => (view === 0 && visibility >= CLEARLY ? [embedding] : []))));
for (const population of POPULATIONS) await calibrate(population);

async function calibrate(population: Population): Promise<void> {
  const { photographs, related } = await heldOut(data, most, population);
  const sights = await sightsOf(photographs, { data, modelsDir, cache, onProgress: tell });
  const samples = sights.flatMap(({ looks }, photograph): Sample[] =>
    looks.map(({ view, visibility, embedding }) => ({ person: photographs[photograph]?.person ?? -1, photograph, visibility, embedding, whole: view === 0 })));
  const buckets = refuseNothing(fitAll(samples, { related, cohort, replicates: REPLICATES, seed: SEED }));
  if (buckets.length < 4) throw new Error('not every range of visibility could be measured');
  const { detector, embedder } = await fingerprint(modelsDir);
  const made = { command: `npm run calibrate -- --data DIR --photographs ${most}`, of: population, photographs: photographs.length, replicates: REPLICATES, seed: SEED };
  const file = shippedCalibration(modelsDir, population);
  await writeFile(file, '{}');
  await writeCalibration(file, { embedder, detector, prior: 0.5, buckets, cohort }, made);
  if (population === 'everybody') await takeCalibration(join(modelsDir, 'embedder.json'), file);
  const rates = [1e-3, 1e-5, 1e-7];
  process.stdout.write(`${population}\n${table(['visible', 'people', 'pairs of strangers', 'of one person', ...rates.map((rate) => `threshold at ${rate}`)], buckets.map(({ min, max, people, impostorPairs, genuinePairs, thresholds }) =>
    [`${min} to ${max}`, people, impostorPairs, genuinePairs, ...rates.map((rate) => thresholds.flatMap(({ fmr, low, point, high }) => (fmr === rate ? `${point} (${low} to ${high})` : []))[0] ?? '–')]))}\n`);
}

function tell(done: number, total: number): void {
  if (done % 100 === 0 || done === total) process.stderr.write(`${done} of ${total} photographs\n`);
}
