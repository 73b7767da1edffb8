/** `npm run eval:openset -- --data DIR`: is the declared rate of false alarms kept, whatever the size of the gallery and however little of a face is seen? */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { generator } from '../../src/calibration/random.js';
import { SETTINGS } from '../../src/config.js';
import { MODELS_DIR } from '../../src/paths.js';
import { readEmbedderContract } from '../../src/runtime/contract.js';
import { lineChart } from '../support/chart.js';
import { machine, machineText } from '../support/machine.js';
import { asked, fail, whole } from '../support/options.js';
import { table } from '../support/table.js';
import { declaredAgainstMeasured, type Reliability, type Row } from './measure.js';
import { bystanders, lfwPeople, type Photograph } from './people.js';
import { mayBeOne, type Subject } from './search.js';
import { CACHE, type Sight, sightsOf } from './sights.js';

const USAGE = `eval:openset --data DIR [--models DIR] [--cache DIR] [--probes N] [--gallery N] [--photographs N] [--plot FILE.svg] [--json]
DIR holds lfw, train-utk, train-fiw, train-celeba and train-pins (.bin, .tsv) and lfw-pairs.tsv. People of LFW are searched for, N photographs of them (1200) as they are
and with parts hidden, in galleries of LFW's other people, the largest filled up with bystanders to N (10000). --photographs: only LFW's first N.`;

interface Options {
  readonly data: string;
  readonly modelsDir: string;
  readonly cache: string;
  readonly probes: number;
  readonly gallery: number;
  readonly photographs: number;
  readonly plot: string;
  readonly json: boolean;
}

await main(readOptions());

async function main({ data, modelsDir, cache, probes: wanted, gallery, photographs, plot, json }: Options): Promise<void> {
  const { calibration } = await readEmbedderContract(join(modelsDir, 'embedder.json'));
  if (calibration === undefined) fail('the embedder’s contract has no calibration; make one with: npm run calibrate -- --data DIR');
  const everybody = await lfwPeople(data);
  const chosen = new Set(Array.from({ length: wanted }, (_, k) => Math.floor((k * everybody.length) / wanted)));
  const people = everybody.slice(0, photographs);
  const looking = { data, modelsDir, cache, onProgress: tell };
  const seen = await sightsOf(people.map((one) => ({ ...one, covers: chosen.has(one.row) })), looking);
  const enrolled = firstOfEach(people, seen);
  const fill = (await bystanders(data)).slice(0, Math.ceil(1.02 * Math.max(0, gallery - enrolled.size)));
  const others = subjects(fill, await sightsOf(fill, looking));
  const bystanding = others.map(({ person, visibility, embedding }): Subject => ({ person: -1 - person, visibility, embedding }));
  const pool = [...shuffled([...enrolled.values()]), ...shuffled(bystanding)].slice(0, gallery);
  const probes = subjects(people, seen, true).filter(({ place }) => chosen.has(place ?? -1)).map((probe) => withOwn(probe, enrolled));
  const { rows, reliability } = declaredAgainstMeasured({ pool, unseen: enrolled.size, probes, calibration, minVisibility: SETTINGS.minVisibility.fallback });
  report(rows, reliability, { lfw: pool.filter(({ place }) => place !== undefined).length, bystanders: pool.filter(({ place }) => place === undefined).length });
  if (plot !== '') {
    await mkdir(dirname(plot), { recursive: true });
    await writeFile(plot, chart(rows));
  }
  if (json) process.stdout.write(`${JSON.stringify({ declared: rows, reliability, bias: bias(probes, pool) })}\n`);
}

/** Faces of the photographs: the whole ones, or with all their covers. */
function subjects(photographs: readonly Photograph[], sights: readonly Sight[], covers = false): Subject[] {
  return sights.flatMap(({ looks, row }, i) => looks.flatMap(({ view, visibility, embedding }): Subject[] =>
    view === 0 || covers ? [{ person: photographs[i]?.person ?? -1, place: row, visibility, embedding }] : []));
}

/** Each person's first whole face that would be enrolled. */
function firstOfEach(people: readonly Photograph[], sights: readonly Sight[]): Map<number, Subject> {
  const found = new Map<number, Subject>();
  for (const face of subjects(people, sights)) {
    if (!found.has(face.person) && face.visibility >= SETTINGS.enrollMinVisibility.fallback) found.set(face.person, face);
  }
  return found;
}

function withOwn(probe: Subject, enrolled: ReadonlyMap<number, Subject>): Subject & { own?: Subject } {
  const own = enrolled.get(probe.person);
  return own === undefined || own.place === probe.place ? probe : { ...probe, own };
}

function shuffled<T>(items: readonly T[]): T[] {
  const random = generator(1);
  return items.map((item) => ({ item, key: random() })).sort((a, b) => a.key - b.key).map(({ item }) => item);
}

/** Share of the strangers' similarities above 0.4, whole faces of LFW against people whom training never saw, and against those it did. */
function bias(probes: readonly Subject[], pool: readonly Subject[]): { readonly unseen: number; readonly trained: number } {
  const whole = probes.filter(({ visibility }) => visibility >= 0.75).slice(0, 300);
  const share = (faces: readonly Subject[]): number => {
    let [above, all] = [0, 0];
    for (const probe of whole) {
      for (const face of faces) {
        if (face.place !== undefined && mayBeOne(face.place, probe.place ?? 0)) continue;
        if (face.person === probe.person) continue;
        all += 1;
        if (face.embedding.reduce((sum, value, i) => sum + value * (probe.embedding[i] ?? 0), 0) > 0.4) above += 1;
      }
    }
    return above / all;
  };
  return { unseen: share(pool.filter(({ place }) => place !== undefined)), trained: share(pool.filter(({ place }) => place === undefined)) };
}

function percent(share: number, digits = 2): string {
  return (100 * share).toFixed(digits);
}

function report(rows: readonly Row[], reliability: readonly Reliability[], { lfw, bystanders: others }: { lfw: number; bystanders: number }): void {
  print(machineText(machine()));
  print(`${lfw} people of LFW and ${others} bystanders to make galleries of`);
  print(table(['gallery', 'visible', 'declared %', 'measured %', '95 % interval', 'enrolled people named %', 'named wrongly %', 'strangers', 'searches'], rows.map((row) => [
    row.gallery, row.visibility, percent(row.declaredFpir, 1), percent(row.measuredFpir, 3), `${percent(row.ciLow, 3)} to ${percent(row.ciHigh, 3)}`,
    percent(row.tpir, 1), percent(row.confused, 2), row.strangers, row.strangerSearches,
  ])));
  print(table(['probability said', 'answers', 'said, mean %', 'right %'], reliability.map(({ from, to, answers, said, right }) => [`${from} to ${to}`, answers, percent(said, 1), percent(right, 1)])));
}

function chart(rows: readonly Row[]): string {
  const at = rows.filter(({ declaredFpir }) => declaredFpir === 0.01);
  const kinds = [...new Set(at.map(({ visibility }) => visibility))];
  const lines = kinds.map((kind) => ({ name: `seen: ${kind}`, points: at.filter(({ visibility }) => visibility === kind).map(({ gallery, measuredFpir }) => [Math.log10(gallery), 100 * measuredFpir] as const) }));
  const sizes = at.map(({ gallery }) => Math.log10(gallery));
  const declared = { name: 'declared', dashed: true, points: [[Math.min(...sizes), 1], [Math.max(...sizes), 1]] as const };
  return lineChart({ title: 'False alarms, declared 1 %', x: 'people in the gallery: 2 = 100, 3 = 1,000, 4 = 10,000', y: 'searches for a stranger that name somebody, %', lines: [...lines, declared] });
}

function readOptions(): Options {
  const values = asked(USAGE, {
    data: { type: 'string' },
    models: { type: 'string', default: MODELS_DIR },
    cache: { type: 'string', default: CACHE },
    probes: { type: 'string', default: '1200' },
    gallery: { type: 'string', default: '10000' },
    photographs: { type: 'string', default: '1000000' },
    plot: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  });
  const { models: modelsDir, cache, probes, gallery, photographs, plot, json } = values;
  return { data: values.data ?? fail(USAGE), modelsDir, cache, probes: whole('--probes', probes, 1), gallery: whole('--gallery', gallery, 1), photographs: whole('--photographs', photographs, 1), plot, json };
}

function tell(done: number, total: number): void {
  if (done % 200 === 0 || done === total) print(`${done} of ${total} photographs`, process.stderr);
}

function print(text: string, to: NodeJS.WriteStream = process.stdout): void {
  to.write(`${text}\n\n`);
}
