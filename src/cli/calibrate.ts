import { join } from 'node:path';
import type { Command } from 'commander';
import { GlimpseError } from '../errors.js';
import type { Sample } from '../calibration/fit.js';
import { writeCalibration } from '../calibration/file.js';
import type { Config } from '../config.js';
import type { Bucket, Calibration } from '../types.js';
import { EXIT, type ExitCode, UsageError } from './exit.js';
import { toNumber } from './identify.js';
import { peopleFrom } from './people.js';
import { startProgress } from './progress.js';
import { settingsOf, withSettings } from './settings.js';
import { textTable } from './table.js';
import { type Invocation, type Session, verb } from './verb.js';

const HELP = `
Measures, on people whom you name, how similar two strangers and two pictures of one person look to the network, and writes that into the contract beside it
(embedder.json), from which the server takes its thresholds at the next start. Worth doing where your people or cameras differ much from those that the networks were
measured on. Every picture is looked at as it is and with parts of the face hidden, so that half-hidden faces are measured too.

It needs 30 people and wants some hundred, two pictures or more each, from different days; nobody under two names, no relatives. With --gallery the faces that are
enrolled are measured on as well: they say nothing about half-hidden faces, for which what the contract has then stays.

Examples:
  glimpse calibrate people/                                  people/ada/1.jpg, people/ada/2.jpg, people/grace/1.jpg …
  glimpse calibrate people/ --gallery --data-dir glimpse-data
  glimpse calibrate people/ --dry-run                        only say what it would be`;

const REPLICATES = 200;
const SEED = 1;

interface Options {
  readonly gallery?: true;
  readonly collection: string;
  readonly dryRun?: true;
  readonly prior: number;
}

export function addCalibrate(root: Command, session: Session): void {
  const plain = root
    .command('calibrate')
    .description('measure on people of your own what similarities mean, and keep it beside the network')
    .argument('[folder]', 'a folder with a sub-folder for each person')
    .option('--gallery', 'measure on the enrolled faces too')
    .option('--collection <name>', 'of this collection', 'default')
    .option('--prior <share>', 'how often the person before a camera is enrolled, 0.001 to 0.999', toNumber, 0.5)
    .option('--dry-run', 'write nothing')
    .addHelpText('after', HELP);
  const command = withSettings(plain, ['modelsDir', 'dataDir', 'workers', 'detectorSize', 'minFaceSize']);
  verb<Options>(session, command, (call) => calibrate(call, settingsOf(command)));
}

async function calibrate({ args: [folder], options, out }: Invocation<Options>, config: Config): Promise<ExitCode> {
  if (folder === undefined && options.gallery !== true) throw new UsageError('whom to measure on?', 'give a folder with a sub-folder for each person, or --gallery');
  if (!(options.prior >= 0.001 && options.prior <= 0.999)) throw new UsageError(`--prior is ${options.prior}`, 'give a share from 0.001 to 0.999');
  const [{ fitAll, refuseNothing }, { completed }, { fingerprint }] = await Promise.all([
    import('../calibration/fit.js'), import('../pipeline/calibrate.js'), import('../runtime/fingerprint.js'),
  ]);
  const { modelsDir } = config;
  const { embedder, detector, calibration: before } = await fingerprint(modelsDir);
  const looked = folder === undefined ? NOTHING : await lookAt(folder, config, out.json);
  const samples = [...looked.samples, ...(options.gallery === true ? await enrolled(config, options.collection, embedder) : [])];
  const fitted = fitAll(samples, { related: () => false, cohort: before?.cohort, replicates: REPLICATES, seed: SEED });
  refuseNothing(fitted);
  const buckets = completed(fitted, before);
  if (buckets === undefined) {
    throw new GlimpseError('precondition', 'half-hidden faces could not be measured, and the contract has nothing about them', {
      reason: 'TOO_LITTLE_DATA', cure: 'give pictures of more people, or restore the contract that was released with the network',
    });
  }
  const path = join(modelsDir, 'embedder.json');
  const made = { command: 'glimpse calibrate', of: 'people of the operator', photographs: looked.photographs - looked.without, replicates: REPLICATES, seed: SEED };
  // The caution was for other people than these; where something of them is kept, it is too.
  const kept = fitted.some((one) => 'tooLittle' in one) ? before : undefined;
  const calibration: Calibration = {
    embedder, detector, prior: options.prior, buckets, ...(before?.cohort && { cohort: before.cohort }), ...(kept?.caution !== undefined && { caution: kept.caution }),
  };
  if (options.dryRun !== true) await writeCalibration(path, calibration, made);
  const ranges = fitted.map((one, i) => ({ ...(buckets[i] as (typeof buckets)[number]), ...('bucket' in one ? {} : { kept: one.tooLittle }) }));
  await out.result({ file: path, written: options.dryRun !== true, photographs: looked.photographs, without: looked.without, ranges }, () => [
    `${looked.photographs} pictures, ${looked.without} of them without a face`,
    textTable([...COLUMNS, ''], ranges.map(({ kept, ...bucket }) => [...rowOf(bucket), kept === undefined ? 'measured' : `kept: ${kept}`])),
    options.dryRun === true ? 'nothing was written' : `${path} is written; restart the server`,
  ].join('\n'));
  return EXIT.ok;
}

const COLUMNS = ['visible', 'people', 'strangers', 'same person', 'at 10^-3', 'at 10^-5', 'at 10^-7'] as const;

const rowOf = ({ min, max, people, impostorPairs, genuinePairs, thresholds }: Bucket): string[] => [
  `${min} to ${max}`, String(people), String(impostorPairs), String(genuinePairs), ...[1e-3, 1e-5, 1e-7].map((rate) => thresholds.find(({ fmr }) => fmr === rate)?.high.toFixed(3) ?? '–'),
];

const NOTHING = { samples: [], photographs: 0, without: 0 };

async function lookAt(folder: string, { modelsDir, workers, detectorSize, minFaceSize }: Config, quiet: boolean) {
  const [{ openVision }, { lookAtPeople }] = await Promise.all([import('../pipeline/vision-pool.js'), import('../pipeline/calibrate.js')]);
  const people = await peopleFrom([folder], { name: '', externalId: '', tags: [], metadata: {}, identityId: '' });
  const progress = startProgress('looking', people.reduce((sum, { pictures }) => sum + pictures.length, 0), quiet);
  const vision = await openVision({ modelsDir, workers, detectorSize, maxPixels: 50_000_000 });
  try {
    return await lookAtPeople(vision, people, { minFaceSize, workers, onLooked: () => progress.step() });
  } finally {
    progress.stop();
    await vision.close();
  }
}

/** Their people are others than the folder's, as far as anybody knows. */
async function enrolled({ dataDir }: Config, collection: string, network: string): Promise<Sample[]> {
  const { readEnrolled } = await import('../gallery/enrolled.js');
  return readEnrolled(dataDir, collection, network).map(({ identity, visibility, embedding }, i) =>
    ({ person: FROM_GALLERY + identity, photograph: FROM_GALLERY + i, visibility, embedding, whole: true }));
}

const FROM_GALLERY = 100_000;
