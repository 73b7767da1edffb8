/** `npm run eval:partial -- --data DIR`: how well a network recognises a face of which one patch is left (PartialLFW). */
import { writeFile } from 'node:fs/promises';
import { lineChart } from '../support/chart.js';
import { machine, machineText } from '../support/machine.js';
import { asked, fail, whole } from '../support/options.js';
import { table } from '../support/table.js';
import { COLUMNS, type Pair } from './columns.js';
import { embedAll } from './embed-all.js';
import { identities } from './identities.js';
import { readLfw } from './lfw.js';
import { figuresOf, type Figures } from './partial-row.js';
import { FACTORS, variants } from './protocol.js';
import { FILES, findSubject, ROWS, type RowName, type Subject } from './subjects.js';

const USAGE = `eval:partial --data DIR [--model FILE] [--no-attention FILE] [--teacher FILE] [--rows shipped,noAttention,teacher]
             [--factors 0.1,0.3,0.5] [--folds 1,2] [--plot FILE.svg] [--json]
DIR holds lfw.bin, lfw.tsv and lfw-pairs.tsv. Figures are per cent; all nine factors of all folds take about an hour a row on two cores.`;

interface Options {
  readonly data: string;
  readonly rows: readonly RowName[];
  readonly files: Readonly<Record<RowName, string>>;
  readonly factors: readonly number[];
  readonly folds: readonly number[] | undefined;
  /** Where the picture of accuracy against visible area goes; empty: nowhere. */
  readonly plot: string;
  readonly json: boolean;
}

await main(readOptions());

async function main(options: Options): Promise<void> {
  const { rows, pairs: all } = await readLfw(options.data);
  const pairs = all.filter(({ fold }) => options.folds?.includes(fold) ?? true);
  if (pairs.length === 0) fail('there are no pairs of these folds');
  say(`${pairs.length} pairs of ${new Set(pairs.map(({ fold }) => fold)).size} folds, ${options.factors.length} factors`);
  const figures: Figures[] = [];
  for (const name of options.rows) {
    const subject = await findSubject(name, options.files[name]);
    if (subject === undefined) say(`${name} is left out: there is no ${options.files[name]}`);
    else figures.push(await evaluate(subject, pairs, rows.length, options));
  }
  if (options.plot !== '') await writeFile(options.plot, areaChart(figures, options.factors));
  report(figures, options);
}

async function evaluate(subject: Subject, pairs: readonly Pair[], count: number, { data, factors }: Options): Promise<Figures> {
  const pictures = [...new Set(pairs.flatMap(({ a, b }) => [a, b]))].sort((a, b) => a - b);
  const started = performance.now();
  const onProgress = (done: number, total: number): void => {
    if (done % 100 === 0 || done === total) say(`${subject.name}: ${done} of ${total} pictures, ${Math.round((performance.now() - started) / 1000)} s`);
  };
  const outputs = [{ name: subject.embedding, length: subject.dimensions }];
  const embeddings = await embedAll({ data, pack: 'lfw', subject, outputs, variants: variants(factors), pictures, count, onProgress });
  return figuresOf({ name: subject.name, embeddings, pairs, factors, who: identities(count, pairs), pictures });
}

function report(figures: readonly Figures[], { factors, json }: Options): void {
  const per = (values: Readonly<Record<string, number>>): string[] => COLUMNS.map((column) => (values[column] ?? NaN).toFixed(2));
  const head = ['accuracy %', ...COLUMNS];
  print(machineText(machine()));
  print(table(head, figures.map(({ name, columns }) => [name, ...per(columns)])));
  print(table(['TAR % at FAR 1e-2', ...COLUMNS], figures.map(({ name, tarAtFar1e2 }) => [name, ...per(tarAtFar1e2)])));
  print(table(['TAR % at FAR 1e-3', ...COLUMNS], figures.map(({ name, tarAtFar1e3 }) => [name, ...per(tarAtFar1e3)])));
  const searches = figures.map(({ name, identification: { rank1, tpir } }) => [name, rank1.toFixed(2), tpir.toFixed(2)]);
  print(table(['partial probes, whole gallery, %', 'rank 1', 'TPIR at FPIR 1 %'], searches));
  for (const { name, byFactor } of figures) {
    print(table([`${name}, accuracy % by area`, ...COLUMNS], factors.map((factor) => [String(factor), ...per(byFactor[String(factor)] ?? {})])));
  }
  if (json) process.stdout.write(`${JSON.stringify({ rows: figures.map(toJson) })}\n`);
}

/** Partial against whole, in place and centred, by how much of the face is left. */
function areaChart(figures: readonly Figures[], factors: readonly number[]): string {
  const line = ({ name, byFactor }: Figures, column: 'partialHolistic' | 'centredPartialHolistic') => ({
    name: column === 'partialHolistic' ? name : `${name}, centred`,
    points: factors.map((factor) => [factor, byFactor[String(factor)]?.[column] ?? NaN] as const),
    dashed: column === 'centredPartialHolistic',
  });
  const lines = figures.flatMap((row) => [line(row, 'partialHolistic'), line(row, 'centredPartialHolistic')]);
  return lineChart({ title: 'A patch of a face against a whole face', x: 'area factor (0.1: 54×41 pixels of 160×160, 0.5: 150×125)', y: 'accuracy, %', lines });
}

function toJson({ name, columns, tarAtFar1e2, tarAtFar1e3, byFactor, identification: { rank1, tpir } }: Figures): object {
  const rounded = (values: Readonly<Record<string, number>>): object => Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Number(value.toFixed(3))]));
  return {
    name,
    ...rounded({ ...columns, tarAtFar1e2: tarAtFar1e2.partialHolistic, tarAtFar1e3: tarAtFar1e3.partialHolistic, rank1, tpirAtFpir1: tpir }),
    tarAtFar1e2ByColumn: rounded(tarAtFar1e2),
    tarAtFar1e3ByColumn: rounded(tarAtFar1e3),
    byFactor: Object.fromEntries(Object.entries(byFactor).map(([factor, values]) => [factor, rounded(values)])),
  };
}

function readOptions(): Options {
  const values = asked(USAGE, {
    data: { type: 'string' },
    model: { type: 'string' },
    'no-attention': { type: 'string' },
    teacher: { type: 'string' },
    rows: { type: 'string' },
    factors: { type: 'string' },
    folds: { type: 'string' },
    plot: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  });
  return {
    data: values.data ?? fail(USAGE),
    rows: picked(values.rows, ROWS),
    files: { shipped: values.model ?? FILES.shipped, noAttention: values['no-attention'] ?? FILES.noAttention, teacher: values.teacher ?? FILES.teacher },
    factors: picked(values.factors, FACTORS),
    folds: values.folds?.split(',').map((fold) => whole('--folds', fold, 1)),
    plot: values.plot,
    json: values.json,
  };
}

/** The choices that a comma-separated option names, in their own order; all when it is not given. */
function picked<T extends string | number>(text: string | undefined, choices: readonly T[]): T[] {
  const names = choices.map(String);
  const wanted = text?.split(',').map((word) => (word.startsWith('.') ? `0${word}` : word)) ?? names;
  const unknown = wanted.find((word) => !names.includes(word));
  if (unknown !== undefined) fail(`${unknown} is none of ${names.join(', ')}`);
  return choices.filter((choice) => wanted.includes(String(choice)));
}

function print(text: string): void {
  process.stdout.write(`${text}\n\n`);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
