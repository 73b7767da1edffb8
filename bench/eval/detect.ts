/** `npm run eval:detect -- --data DIR`: which faces the detector finds, how well it places their landmarks, how long it takes. */
import { join } from 'node:path';
import { MODELS_DIR } from '../../src/paths.js';
import { decode } from '../../src/vision/image.js';
import { machine, machineText } from '../support/machine.js';
import { asked, fail, number } from '../support/options.js';
import { median } from '../support/stats.js';
import { table } from '../support/table.js';
import { HALVES, type Half } from './cover.js';
import { workThrough } from './crew.js';
import { SIZE, type DetectWork, type Found } from './detect-worker.js';
import { mean } from './metrics.js';
import { Pack } from './packs.js';
import { chosenRows, facesOf, HELD_OUT_EVERY, type Holdout } from './references.js';
import { milliseconds } from './speed.js';
import { MATCH_IOU, Tally } from './tally.js';

const USAGE = `eval:detect --data DIR [--model FILE] [--holdout fifth|all] [--score 0.5] [--json]
DIR holds crowds.bin/.tsv and scenes.bin/.tsv (either may be missing). --holdout fifth (default): only photographs that training never saw.
--score: measure there instead of at the score where precision on crowds reaches 0.9.`;
const PRECISION = 0.9;

interface Options {
  readonly data: string;
  readonly contract: string;
  readonly holdout: Holdout;
  readonly score: number | undefined;
  readonly json: boolean;
}

/** The photographs as they are, and once more for each half of every face covered. */
interface Tallies {
  readonly whole: Tally;
  readonly covered: ReadonlyMap<Half, Tally>;
}

async function main(options: Options): Promise<void> {
  const crowds = await tallied('crowds', options);
  const scenes = await tallied('scenes', options);
  if (crowds === undefined && scenes === undefined) fail(`there is neither crowds nor scenes in ${options.data}`);
  const score = options.score ?? crowds?.whole.scoreAtPrecision(PRECISION) ?? 0.5;
  const figures = { ...crowdFigures(crowds, score), ...sceneFigures(scenes, score), ...(await speeds(options)) };
  report(figures, { score, crowds, scenes, options });
  if (options.json) process.stdout.write(`${JSON.stringify(figures, rounded)}\n`);
}

async function tallied(name: DetectWork['name'], { data, contract, holdout }: Options): Promise<Tallies | undefined> {
  if (!Pack.exists(data, name)) return undefined;
  const pack = await Pack.open(data, name);
  const tallies = { whole: new Tally(), covered: new Map(HALVES.map((half) => [half, new Tally()] as const)) };
  const items = chosenRows(pack, holdout);
  let done = 0;
  const onResult = ({ index, whole, covered }: Found): void => {
    const references = facesOf(pack, name, index);
    tallies.whole.add(whole, references);
    for (const { half, faces } of covered) tallies.covered.get(half)?.add(faces, references);
    if (++done % 25 === 0 || done === items.length) process.stderr.write(`${name}: ${done} of ${items.length} photographs\n`);
  };
  await workThrough({ module: new URL('./detect-worker.js', import.meta.url), workerData: { data, contract, name } satisfies DetectWork, items, onResult });
  await pack.close();
  return tallies;
}

function crowdFigures(tallies: Tallies | undefined, score: number): object {
  if (tallies === undefined) return {};
  const { whole } = tallies;
  return {
    crowds: {
      recall20: whole.recall(score, { from: 20 }),
      recall12to20: whole.recall(score, { from: 12, below: 20 }),
      recallMasked20: whole.recall(score, { from: 20, mask: 'masked' }),
      recallBare20: whole.recall(score, { from: 20, mask: 'bare' }),
      recallUnder12: whole.recall(score, { below: 12 }),
      precision: whole.precision(score),
      score,
    },
  };
}

function sceneFigures(tallies: Tallies | undefined, score: number): object {
  if (tallies === undefined) return {};
  const { whole, covered } = tallies;
  const byHalf = [...covered].map(([half, tally]) => [half, tally.recall(score)] as const);
  const errors = whole.landmarkErrors(score);
  return {
    scenes: {
      recall: whole.recall(score),
      recallHalfCovered: mean(byHalf.map(([, recall]) => recall)),
      recallByHalf: Object.fromEntries(byHalf),
      falsePerPhoto: whole.falsePerPhoto(score),
    },
    landmarkErrorPct: 100 * mean(errors),
    landmarkErrorMedianPct: 100 * median(errors),
  };
}

async function speeds({ data, contract }: Options): Promise<object> {
  const name = Pack.exists(data, 'crowds') ? 'crowds' : 'scenes';
  const pack = await Pack.open(data, name);
  const photograph = await decode(await pack.read(0), Infinity);
  await pack.close();
  return { msVga: await milliseconds(contract, photograph, 640, 480), ms1080p: await milliseconds(contract, photograph, 1920, 1080) };
}

interface Ground {
  readonly score: number;
  readonly crowds: Tallies | undefined;
  readonly scenes: Tallies | undefined;
  readonly options: Options;
}

function report(figures: object, { score, crowds, scenes, options }: Ground): void {
  const count = (tallies: Tallies | undefined): string =>
    tallies === undefined ? 'none' : `${tallies.whole.counts.photographs} photographs, ${tallies.whole.counts.faces} faces`;
  const which = options.holdout === 'all' ? 'all photographs' : `every ${HELD_OUT_EVERY}th photograph, which training never sees`;
  const lines = [
    machineText(machine()),
    `${options.contract}, longer side ${SIZE} px, score ${score.toFixed(3)}, IoU ${MATCH_IOU}; ${which}`,
    `crowds: ${count(crowds)} · scenes: ${count(scenes)}; half-covered: the left, right, upper and lower half of every reference box in turn turned to grey 128`,
    table(['figure', 'value'], flat(figures).map(([name, value]) => [name, value.toFixed(4)])),
  ];
  process.stdout.write(`${lines.join('\n')}\n\n`);
}

function flat(values: object, prefix = ''): [string, number][] {
  return Object.entries(values).flatMap(([key, value]: [string, unknown]): [string, number][] =>
    typeof value === 'number' ? [[prefix + key, value]] : flat(value as object, `${prefix}${key}.`),
  );
}

const rounded = (_key: string, value: unknown): unknown => (typeof value === 'number' ? Number(value.toFixed(4)) : value);

function readOptions(): Options {
  const values = asked(USAGE, {
    data: { type: 'string' },
    model: { type: 'string', default: join(MODELS_DIR, 'detector.onnx') },
    holdout: { type: 'string', default: 'fifth' },
    score: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  if (values.holdout !== 'fifth' && values.holdout !== 'all') return fail(USAGE);
  return {
    data: values.data ?? fail(USAGE),
    contract: values.model.replace(/\.onnx$/, '.json'),
    holdout: values.holdout,
    score: values.score === undefined ? undefined : number('--score', values.score, 0),
    json: values.json,
  };
}

await main(readOptions());
