/** `npm run eval:fusion -- --data DIR`: what a track gains by adding up the parts of a face that different frames show. */
import { parseArgs } from 'node:util';
import { Fusion } from '../../src/track/fusion.js';
import { machine, machineText } from '../support/machine.js';
import { table } from '../support/table.js';
import { cosine } from './columns.js';
import { embedAll } from './embed-all.js';
import { lfwOwners } from './lfw.js';
import { identification, type Identification, type Search } from './metrics.js';
import { PARTS, type Variant } from './protocol.js';
import { FILES, findSubject } from './subjects.js';
import { readEmbedderContract } from '../../src/runtime/contract.js';

const USAGE = `eval:fusion --data DIR [--model FILE] [--frames N] [--gallery N] [--probes N] [--seed N] [--json]
DIR holds lfw.bin, lfw.tsv and lfw-pairs.tsv. A clip is N frames of one photograph, each showing one patch of at most 40 % of the face.`;

/** Of the face's box in the chip (112×128 of 160×160) these patches show 15, 24 and 34 %. */
const FACTORS = [0.1, 0.15, 0.2];
const VIEWS: readonly Variant[] = ['whole', ...FACTORS.flatMap((factor) => PARTS.map((part) => ({ part, factor, centred: false })))];
const FPIR = 0.01;

interface Options {
  readonly data: string;
  readonly model: string;
  readonly frames: number;
  /** Identities enrolled, by one whole photograph each. */
  readonly gallery: number;
  /** Clips at most of enrolled people, and as many of strangers. */
  readonly probes: number;
  readonly seed: number;
  readonly json: boolean;
}

interface View {
  readonly embedding: Float32Array;
  readonly importance: Float32Array;
  readonly parts: Float32Array;
}

await main(readOptions());

async function main(options: Options): Promise<void> {
  const { data, model, json } = options;
  const subject = (await findSubject('shipped', model)) ?? fail(`there is no ${model}`);
  const { maps, outputs } = await readEmbedderContract(model.replace(/\.onnx$/, '.json'));
  const { enrolled, known, strangers } = await cast(options);
  const pictures = [...enrolled, ...known.map(({ picture }) => picture), ...strangers].sort((a, b) => a - b);
  const onProgress = (done: number, total: number): void => {
    if (done % 200 === 0) process.stderr.write(`${done} of ${total} pictures\n`);
  };
  const kept = [{ name: subject.embedding, length: subject.dimensions }, { name: outputs.importance, length: maps }, { name: 'parts', length: maps * subject.dimensions }];
  const count = Math.max(...pictures) + 1;
  const { vectors, dimensions: length } = await embedAll({ data, pack: 'lfw', subject, outputs: kept, variants: VIEWS, pictures, count, onProgress });
  const view = (picture: number, variant: number): View => {
    const start = (picture * VIEWS.length + variant) * length;
    const importanceAt = start + subject.dimensions;
    return {
      embedding: vectors.subarray(start, importanceAt),
      importance: vectors.subarray(importanceAt, importanceAt + maps),
      parts: vectors.subarray(importanceAt + maps, start + length),
    };
  };
  const next = generator(options.seed);
  const clip = (picture: number): View[] => Array.from({ length: options.frames }, () => view(picture, 1 + Math.floor(next() * (VIEWS.length - 1))));
  const wholes = enrolled.map((picture) => view(picture, 0).embedding);
  const clips = { known: known.map(({ picture, owner }) => ({ frames: clip(picture), owner: enrolled.indexOf(owner) })), strangers: strangers.map((picture) => ({ frames: clip(picture), owner: -1 })) };
  const measure = (probes: (frames: readonly View[]) => Float32Array[]): Identification => {
    const run = (cases: typeof clips.known): Search[] => cases.map(({ frames, owner }) => search(probes(frames), wholes, owner));
    return identification(run(clips.known), run(clips.strangers), FPIR);
  };
  const rows = {
    'first frame alone': measure((frames) => frames.slice(0, 1).map(({ embedding }) => embedding)),
    'best single frame': measure((frames) => frames.map(({ embedding }) => embedding)),
    'mean of the frames': measure((frames) => [mean(frames.map(({ embedding }) => embedding))]),
    fused: measure((frames) => [fused(frames, maps, subject.dimensions)]),
  };
  process.stdout.write(`${machineText(machine())}\n\n${enrolled.length} people enrolled, ${known.length} clips of them, ${strangers.length} of strangers, ${options.frames} frames a clip\n\n`);
  process.stdout.write(`${table(['%', 'rank 1', 'TPIR at FPIR 1 %'], Object.entries(rows).map(([name, { rank1, tpir }]) => [name, percent(rank1), percent(tpir)]))}\n`);
  const figures = { bestSingleTpir: rows['best single frame'].tpir, meanTpir: rows['mean of the frames'].tpir, fusedTpir: rows.fused.tpir };
  if (json) process.stdout.write(`${JSON.stringify({ ...figures, gallery: enrolled.length, known: known.length, strangers: strangers.length, frames: options.frames })}\n`);
}

/** Who is enrolled, by which picture; who comes by, as whom; who comes by as nobody. */
async function cast({ data, gallery, probes }: Options): Promise<{ enrolled: number[]; known: { picture: number; owner: number }[]; strangers: number[] }> {
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
  return { enrolled, known: known.slice(0, probes), strangers: alone.slice(0, probes) };
}

/** The most similar of the gallery to any of the probes. */
function search(probes: readonly Float32Array[], gallery: readonly Float32Array[], owner: number): Search {
  let best = { score: -Infinity, right: false };
  gallery.forEach((candidate, i) => {
    for (const probe of probes) {
      const score = cosine(probe, candidate);
      if (score > best.score) best = { score, right: i === owner };
    }
  });
  return best;
}

function fused(frames: readonly View[], maps: number, dimensions: number): Float32Array {
  const fusion = new Fusion(maps, dimensions);
  for (const { importance, parts } of frames) fusion.add({ importance, parts, quality: 1 });
  return fusion.template();
}

function mean(vectors: readonly Float32Array[]): Float32Array {
  const sum = Float32Array.from(vectors[0] ?? [], (_, i) => vectors.reduce((total, vector) => total + (vector[i] ?? 0), 0));
  const length = Math.hypot(...sum);
  return sum.map((value) => value / length);
}

/** Numbers that look random and are always the same for a seed: a linear congruential generator, 0 to 1. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      model: { type: 'string', default: FILES.shipped },
      frames: { type: 'string', default: '8' },
      gallery: { type: 'string', default: '1000' },
      probes: { type: 'string', default: '500' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  const { frames, gallery, probes, seed } = values;
  return { data: values.data ?? fail(USAGE), model: values.model, frames: Number(frames), gallery: Number(gallery), probes: Number(probes), seed: Number(seed), json: values.json };
}

function fail(text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(2);
}
