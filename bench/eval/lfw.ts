import { identities } from './identities.js';
import { field, Pack, readTable } from './packs.js';

/** For each picture of LFW whose it is, as far as the pairs tell (`identities`). */
export async function lfwOwners(data: string): Promise<number[]> {
  const pack = await Pack.open(data, 'lfw');
  const index = new Map(pack.rows.map((row, i) => [field(row, 'image'), i]));
  await pack.close();
  const at = (name: string): number => {
    const found = index.get(name);
    if (found === undefined) throw new Error(`lfw-pairs.tsv names ${name}, which lfw.tsv does not have`);
    return found;
  };
  const pairs = (await readTable(`${data}/lfw-pairs.tsv`)).map((row) => ({
    fold: Number(field(row, 'fold')), a: at(field(row, 'image_a')), b: at(field(row, 'image_b')), same: field(row, 'same') === '1',
  }));
  return identities(index.size, pairs);
}
