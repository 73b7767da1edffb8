/** Who is who in the research sets, and who is for what. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../src/paths.js';
import { lfwOwners } from '../eval/lfw.js';
import { field, readTable } from '../eval/packs.js';
import type { Wanted } from './sights.js';

/** A photograph of somebody. */
export interface Photograph extends Wanted {
  readonly person: number;
}

const LABELLED = ['train-fiw', 'train-celeba', 'train-pins'] as const;
/** Numbers of fiw follow its families: closer than this, people may be relatives (training/held-out.txt). */
const FAMILY = 40;

const lines = async (name: string): Promise<string[]> =>
  (await readFile(join(ROOT, 'training', name), 'utf8')).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

export interface HeldOut {
  readonly photographs: readonly (Photograph & { readonly child: boolean })[];
  readonly related: (a: number, b: number) => boolean;
}

/** The people whom no network was trained on, so many photographs of each at most, and whether they show a child (training/children.txt). */
export async function heldOut(data: string, most: number): Promise<HeldOut> {
  const children = new Set(await lines('children.txt'));
  const people = (await lines('held-out.txt')).map((line) => line.split(' '));
  const person = new Map(people.flatMap((labels, i) => labels.map((label) => [label, i] as const)));
  const taken = new Map<number, number>();
  const photographs: HeldOut['photographs'][number][] = [];
  for (const { pack, row, label } of await labelled(data)) {
    const owner = person.get(label);
    if (owner === undefined) continue;
    const count = taken.get(owner) ?? 0;
    taken.set(owner, count + 1);
    if (count < most) photographs.push({ pack, row, person: owner, covers: true, child: children.has(`${pack} ${row}`) });
  }
  const family = people.map(([label = '']) => (label.startsWith('fiw-') ? Number(label.slice(4)) : NaN));
  return { photographs, related: (a, b) => Math.abs((family[a] ?? NaN) - (family[b] ?? NaN)) < FAMILY };
}

/** One photograph each of people who are neither held out nor, as far as is known, in LFW. They were trained on: they only fill galleries. */
export async function bystanders(data: string): Promise<Photograph[]> {
  const out = new Set([...(await lines('held-out.txt')).flatMap((line) => line.split(' ')), ...(await lines('in-lfw.txt'))]);
  const seen = new Set<string>();
  const found: Wanted[] = [];
  (await readTable(join(data, 'train-utk.tsv'))).forEach((_, row) => {
    if (!out.has(`utk-${String(row).padStart(5, '0')}`)) found.push({ pack: 'train-utk', row, covers: false });
  });
  for (const { pack, row, label } of await labelled(data)) {
    if (out.has(label) || seen.has(label)) continue;
    seen.add(label);
    found.push({ pack, row, covers: false });
  }
  return found.map((one, person) => ({ ...one, person }));
}

/** LFW's people, whom nothing here was trained on or fitted to. Whoever stands alone among the pairs counts as a person. */
export async function lfwPeople(data: string): Promise<Photograph[]> {
  return (await lfwOwners(data)).map((owner, row) => ({ pack: 'lfw', row, covers: false, person: owner === -1 ? row : owner }));
}

async function labelled(data: string): Promise<{ pack: string; row: number; label: string }[]> {
  const tables = await Promise.all(LABELLED.map(async (pack) => (await readTable(join(data, `${pack}.tsv`))).map((row, i) => ({ pack, row: i, label: field(row, 'identity') }))));
  return tables.flat();
}
