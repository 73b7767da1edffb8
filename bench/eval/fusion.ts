/** `npm run eval:fusion -- --data DIR`: what a track gains by adding up the parts of a face that different frames show. */
import { writeFile } from 'node:fs/promises';
import { cosine, unit } from '../../src/cosine.js';
import { yardstickOf } from '../../src/pipeline/yardstick.js';
import { type EmbedderContract, readEmbedderContract } from '../../src/runtime/contract.js';
import { Fusion } from '../../src/track/fusion.js';
import { mayBeOne } from '../openset/search.js';
import { lineChart } from '../support/chart.js';
import { generator } from '../support/generator.js';
import { machine, machineText } from '../support/machine.js';
import { asked, fail, whole } from '../support/options.js';
import { table } from '../support/table.js';
import { type Embeddings, vectorOf } from './columns.js';
import { embedAll } from './embed-all.js';
import { lfwOwners } from './lfw.js';
import { identification, type Identification, type Search } from './metrics.js';
import { PARTS, type Variant } from './protocol.js';
import { FILES, findSubject } from './subjects.js';

const USAGE = `eval:fusion --data DIR [--model FILE] [--frames N] [--gallery N] [--probes N] [--strangers N] [--seed N] [--svg FILE] [--json]
DIR holds lfw.bin, lfw.tsv and lfw-pairs.tsv. A clip is N frames of one photograph, each showing one patch of at most 40 % of the face.`;

/** Of the face's box in the chip (112×128 of 160×160) these patches show so much. */
const FACTORS = [0.1, 0.15, 0.2];
const SHOWN = [0.15, 0.24, 0.34];
const PATCHES: readonly Variant[] = FACTORS.flatMap((factor) => PARTS.map((part) => ({ part, factor, centred: false })));
const FPIR = 0.01;
/** Clips are dealt anew so often from the same patches: chance in who is shown what is averaged out. */
const DEALS = 30;

interface Options {
  readonly data: string;
  readonly model: string;
  readonly frames: number;
  /** Identities enrolled, by one whole photograph each. */
  readonly gallery: number;
  /** Clips at most of enrolled people, and of strangers: one of a hundred of these makes the threshold. */
  readonly probes: number;
  readonly strangers: number;
  readonly seed: number;
  readonly svg: string | undefined;
  readonly json: boolean;
}

interface View {
  readonly embedding: Float32Array;
  readonly importance: Float32Array;
  readonly parts: Float32Array;
}

interface Clip {
  readonly picture: number;
  /** Place in the gallery; −1: a stranger. */
  readonly owner: number;
}

/** Photographs, and what the network makes of each. */
interface Gallery {
  readonly enrolled: readonly number[];
  readonly wholes: readonly Float32Array[];
  /** What a probe has to reach of which so much is seen, as declared. */
  readonly bar: (probe: Float32Array, visibility: number) => number;
}

const WAYS = ['first frame alone', 'best single frame', 'plain mean', 'fused'] as const;
type Way = (typeof WAYS)[number];
type Rows = Readonly<Record<Way, Identification>>;

/** Templates judged as a server judges a track that showed at most so much of the face in one frame: named rightly, and strangers who are named. */
interface AsDeclared {
  readonly tpir: number;
  readonly fpir: number;
}

interface Measured {
  readonly rows: Rows;
  readonly declared: AsDeclared;
}

await main(readOptions());

async function main(options: Options): Promise<void> {
  const { frames, svg, json } = options;
  const { enrolled, known, strangers } = await cast(options);
  const clips: Clip[] = [...known.map(({ picture, owner }) => ({ picture, owner: enrolled.indexOf(owner) })), ...strangers.map((picture) => ({ picture, owner: -1 }))];
  const contract = await readEmbedderContract(options.model.replace(/\.onnx$/, '.json'));
  const { wholes, viewOf } = await look(options, contract, enrolled, clips);
  const yardstick = yardstickOf(contract);
  const gallery = { enrolled, wholes, bar: (probe: Float32Array, visibility: number) => yardstick({ probe, visibility, reach: { identities: enrolled.length, faces: enrolled.length }, fpir: FPIR }).threshold };
  const lengths = [...new Set([1, 2, 4, 8, 16].filter((length) => length < frames).concat(frames))];
  const byLength = lengths.map((length) => ({ length, ...measure({ ...options, frames: length }, clips, gallery, viewOf) }));
  const last = byLength.at(-1)?.rows ?? fail('no frames');
  process.stdout.write(`${machineText(machine())}\n\n${enrolled.length} people enrolled, ${known.length} clips of them, ${strangers.length} of strangers, ${frames} frames a clip, dealt ${DEALS} times\n\n`);
  const columns = byLength.map(({ length, rows }) => ({ title: `${length}`, tpir: WAYS.map((way) => percent(rows[way].tpir)) }));
  const lines = WAYS.map((way, i) => [way, percent(last[way].rank1), ...columns.map(({ tpir }) => tpir[i] ?? '')]);
  process.stdout.write(`${table(['TPIR at FPIR 1 %, by frames', 'rank 1', ...columns.map(({ title }) => title)], lines)}\n`);
  process.stdout.write(`\n${table(['the track’s template by the bars of the product, 1 % declared, by frames', ...lengths.map(String)],
    (['tpir', 'fpir'] as const).map((figure) => [figure.toUpperCase(), ...byLength.map(({ declared }) => percent(declared[figure]))]))}\n`);
  if (svg !== undefined) await writeFile(svg, chart(byLength, enrolled.length));
  const figures = { bestSingleTpir: last['best single frame'].tpir, meanTpir: last['plain mean'].tpir, fusedTpir: last.fused.tpir };
  if (json) process.stdout.write(`${JSON.stringify({ ...figures, gallery: enrolled.length, known: known.length, strangers: strangers.length, frames })}\n`);
}

/** The gallery's whole faces, and every patch of the clips' photographs. */
async function look({ data, model }: Options, { maps, outputs }: EmbedderContract, enrolled: readonly number[], clips: readonly Clip[]): Promise<{ wholes: Float32Array[]; viewOf: (picture: number, patch: number) => View }> {
  const subject = (await findSubject('shipped', model)) ?? fail(`there is no ${model}`);
  const embed = (pictures: readonly number[], variants: readonly Variant[], kept: readonly { name: string; length: number }[]): Promise<Embeddings> => {
    const onProgress = (done: number, total: number): void => {
      if (done % 100 === 0) process.stderr.write(`${done} of ${total} pictures\n`);
    };
    return embedAll({ data, pack: 'lfw', subject, outputs: kept, variants, pictures, count: Math.max(...pictures) + 1, onProgress });
  };
  const { dimensions } = subject;
  const embedding = { name: subject.embedding, length: dimensions };
  const whole = await embed(enrolled, ['whole'], [embedding]);
  const patches = await embed(clips.map(({ picture }) => picture), PATCHES, [embedding, { name: outputs.importance, length: maps }, { name: outputs.parts, length: maps * dimensions }]);
  const viewOf = (picture: number, patch: number): View => {
    const said = vectorOf(patches, picture, patch);
    return { embedding: said.subarray(0, dimensions), importance: said.subarray(dimensions, dimensions + maps), parts: said.subarray(dimensions + maps) };
  };
  return { wholes: enrolled.map((picture) => vectorOf(whole, picture, 0)), viewOf };
}

function measure({ frames, seed }: Options, clips: readonly Clip[], gallery: Gallery, viewOf: (picture: number, patch: number) => View): Measured {
  const searches: Record<Way, Record<'known' | 'strangers', Search[]>[]> = { 'first frame alone': [], 'best single frame': [], 'plain mean': [], fused: [] };
  const told = { known: 0, strangers: 0 };
  // What each patch finds by itself is the same in every deal.
  const alone = clips.map(({ picture, owner }) => PATCHES.map((_, patch) => search(viewOf(picture, patch).embedding, gallery, { picture, owner })));
  for (let deal = 0; deal < DEALS; deal++) {
    const next = generator(seed + deal);
    for (const way of WAYS) searches[way].push({ known: [], strangers: [] });
    clips.forEach(({ picture, owner }, clip) => {
      const patches = Array.from({ length: frames }, () => Math.floor(next() * PATCHES.length));
      const shown = patches.map((patch) => viewOf(picture, patch));
      const template = fused(shown);
      const singles = patches.map((patch) => alone[clip]?.[patch] as Search);
      const found: Record<Way, Search> = {
        'first frame alone': singles[0] as Search,
        'best single frame': singles.reduce((a, b) => (b.score > a.score ? b : a)),
        'plain mean': search(mean(shown.map(({ embedding }) => embedding)), gallery, { picture, owner }),
        fused: search(template, gallery, { picture, owner }),
      };
      const seen = Math.max(...patches.map((patch) => SHOWN[Math.floor(patch / PARTS.length)] ?? NaN));
      if (found.fused.score >= gallery.bar(template, seen) && (owner < 0 || found.fused.right)) told[owner < 0 ? 'strangers' : 'known'] += 1;
      for (const way of WAYS) searches[way][deal]?.[owner < 0 ? 'strangers' : 'known'].push(found[way]);
    });
  }
  // Each deal has a threshold of its own: what its strangers reached.
  const average = (way: Way): Identification => {
    const each = searches[way].map(({ known, strangers }) => identification(known, strangers, FPIR));
    const meanOf = (key: keyof Identification): number => each.reduce((sum, figure) => sum + figure[key], 0) / each.length;
    return { rank1: meanOf('rank1'), tpir: meanOf('tpir') };
  };
  const share = (kind: keyof typeof told): number => told[kind] / DEALS / clips.filter(({ owner }) => owner < 0 === (kind === 'strangers')).length;
  const rows = { 'first frame alone': average('first frame alone'), 'best single frame': average('best single frame'), 'plain mean': average('plain mean'), fused: average('fused') };
  return { rows, declared: { tpir: share('known'), fpir: share('strangers') } };
}

function chart(byLength: readonly { readonly length: number; readonly rows: Rows }[], gallery: number): string {
  const line = (way: Way): { name: string; points: [number, number][] } => ({ name: way, points: byLength.map(({ length, rows }) => [length, 100 * rows[way].tpir]) });
  return lineChart({ title: `Half-seen faces in a gallery of ${gallery}: identified at FPIR 1 %`, x: 'frames of a clip, each showing at most 40 % of the face', y: '% of clips', lines: WAYS.slice(1).map(line) });
}

/** Who is enrolled, by which picture; who comes by, as whom; who comes by as nobody. */
async function cast({ data, gallery, probes, strangers }: Options): Promise<{ enrolled: number[]; known: { picture: number; owner: number }[]; strangers: number[] }> {
  const who = await lfwOwners(data);
  const alone = who.flatMap((owner, i) => (owner === -1 ? [i] : []));
  const owners = who.flatMap((owner, i) => (owner === i ? [i] : [])).slice(0, gallery);
  const enrolled = [...owners, ...alone.splice(0, gallery - owners.length)];
  const seen = new Set(owners);
  const known = who.flatMap((owner, picture) => {
    if (owner === picture || !seen.has(owner)) return [];
    seen.delete(owner);
    return [{ picture, owner }];
  });
  return { enrolled, known: known.slice(0, probes), strangers: alone.slice(0, strangers) };
}

/** The most similar of the gallery. Who else stands near the photograph in LFW's order, which is that of names, may be the same person: not compared. */
function search(probe: Float32Array, { enrolled, wholes }: Gallery, { picture, owner }: Clip): Search {
  let best = { score: -Infinity, right: false };
  wholes.forEach((candidate, i) => {
    if (i !== owner && mayBeOne(enrolled[i] as number, picture)) return;
    const score = cosine(probe, candidate);
    if (score > best.score) best = { score, right: i === owner };
  });
  return best;
}

function fused(frames: readonly View[]): Float32Array {
  const [{ importance: { length: maps }, embedding: { length: dimensions } }] = frames as [View];
  const fusion = new Fusion(maps, dimensions);
  for (const frame of frames) fusion.add({ ...frame, quality: 1 });
  return fusion.template();
}

function mean(vectors: readonly Float32Array[]): Float32Array {
  return unit(Float32Array.from(vectors[0] ?? [], (_, i) => vectors.reduce((total, vector) => total + (vector[i] ?? 0), 0)));
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

function readOptions(): Options {
  const values = asked(USAGE, {
    data: { type: 'string' },
    model: { type: 'string', default: FILES.shipped },
    frames: { type: 'string', default: '8' },
    gallery: { type: 'string', default: '1000' },
    probes: { type: 'string', default: '300' },
    strangers: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    svg: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  const count = (flag: 'frames' | 'gallery' | 'probes' | 'strangers' | 'seed'): number => whole(`--${flag}`, values[flag], 1);
  const sizes = { frames: count('frames'), gallery: count('gallery'), probes: count('probes'), strangers: count('strangers'), seed: count('seed') };
  return { data: values.data ?? fail(USAGE), model: values.model, ...sizes, svg: values.svg, json: values.json };
}
