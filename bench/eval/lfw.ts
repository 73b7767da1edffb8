import type { Pair } from './columns.js';
import { identities } from './identities.js';
import { field, type Row, readTable } from './packs.js';

export interface Lfw {
  /** Of `lfw.tsv`, in order: a picture is known by its place. */
  readonly rows: readonly Row[];
  readonly pairs: readonly Pair[];
}

/** The pairs of LFW that are at hand. Throws when one names a picture that is not. */
export async function readLfw(data: string): Promise<Lfw> {
  const rows = await readTable(`${data}/lfw.tsv`);
  const index = new Map(rows.map((row, i) => [field(row, 'image'), i]));
  const at = (name: string): number => {
    const found = index.get(name);
    if (found === undefined) throw new Error(`lfw-pairs.tsv names ${name}, which lfw.tsv does not have`);
    return found;
  };
  const pairs = (await readTable(`${data}/lfw-pairs.tsv`)).map((row) => ({
    fold: Number(field(row, 'fold')), a: at(field(row, 'image_a')), b: at(field(row, 'image_b')), same: field(row, 'same') === '1',
  }));
  return { rows, pairs };
}

/** For each picture of LFW whose it is, as far as the pairs tell (`identities`). */
export async function lfwOwners(data: string): Promise<number[]> {
  const { rows, pairs } = await readLfw(data);
  return identities(rows.length, pairs);
}
