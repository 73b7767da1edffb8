/** `npm run eval:rejection -- --data DIR`: what "not this person" saves and what it costs, by the margin it asks for. */
import { REJECTION_MARGIN } from '../../src/gallery/rejections.js';
import { readEmbedderContract } from '../../src/runtime/contract.js';
import { machine, machineText } from '../support/machine.js';
import { asked, fail } from '../support/options.js';
import { table } from '../support/table.js';
import { embedAll } from './embed-all.js';
import { lfwOwners } from './lfw.js';
import { afterRejection, type Faces } from './rejected.js';
import { FILES, findSubject } from './subjects.js';

const USAGE = `eval:rejection --data DIR [--model FILE] [--json]
DIR holds lfw.bin, lfw.tsv and lfw-pairs.tsv. Everybody with two photographs or more is enrolled by the first. Each stranger who is taken for somebody is
rejected once; counted is how many of the stranger's other photographs are still taken for that person, and how many of the person's own are not any more.`;

/** 0 asks only to be nearer to the identity. */
const MARGINS = [0, REJECTION_MARGIN, 0.1, 0.15, 0.2];
const RATES = ['1e-3', '1e-4', '1e-5'] as const;

const values = asked(USAGE, { data: { type: 'string' }, model: { type: 'string', default: FILES.shipped }, json: { type: 'boolean', default: false } });
await main(values.data ?? fail(USAGE), values.model, values.json);

async function main(data: string, model: string, json: boolean): Promise<void> {
  const { thresholds } = await readEmbedderContract(model.replace(/\.onnx$/, '.json'));
  const people = await embedded(data, model);
  const rows = RATES.flatMap((rate) => MARGINS.map((margin) => ({ rate, margin, ...afterRejection(people, thresholds.whole[rate] ?? 1, margin) })));
  process.stdout.write(`${machineText(machine())}\n\n${people.length} people\n\n`);
  process.stdout.write(`${table(['threshold at FMR', 'margin', 'rejections', 'others of the stranger before', 'after', 'own before', 'own after'],
    rows.map(({ rate, margin, rejections, stranger, own }) => [rate, margin.toFixed(2), rejections, stranger.before, stranger.after, own.before, own.after]))}\n`);
  if (json) process.stdout.write(`${JSON.stringify({ people: people.length, rows })}\n`);
}

/** Embeddings of everybody with two photographs or more. */
async function embedded(data: string, model: string): Promise<Faces[]> {
  const subject = (await findSubject('shipped', model)) ?? fail(`there is no ${model}`);
  const who = await lfwOwners(data);
  const groups = new Map<number, number[]>();
  who.forEach((owner, i) => owner === -1 || groups.set(owner, [...(groups.get(owner) ?? []), i]));
  const several = [...groups.values()].filter((group) => group.length > 1);
  const outputs = [{ name: subject.embedding, length: subject.dimensions }];
  const onProgress = (done: number, total: number): void => {
    if (done % 200 === 0) process.stderr.write(`${done} of ${total} pictures\n`);
  };
  const { vectors, dimensions } = await embedAll({ data, pack: 'lfw', subject, outputs, variants: ['whole'], pictures: several.flat().sort((a, b) => a - b), count: who.length, onProgress });
  return several.map((group) => group.map((picture) => vectors.subarray(picture * dimensions, (picture + 1) * dimensions)));
}
