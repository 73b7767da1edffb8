import { embedAll } from '../../eval/embed-all.js';
import { identities } from '../../eval/identities.js';
import { field, Pack, readTable } from '../../eval/packs.js';
import { variants } from '../../eval/protocol.js';
import { FILES, findSubject } from '../../eval/subjects.js';

/** People of LFW with several photographs, as far as the pairs tell, each photograph through the shipped embedder. */
export async function lfwPeople(data: string, onProgress: (done: number, total: number) => void): Promise<Float32Array[][]> {
  const pack = await Pack.open(data, 'lfw');
  const { rows } = pack;
  await pack.close();
  const place = new Map(rows.map((row, i) => [field(row, 'image'), i]));
  const pairs = (await readTable(`${data}/lfw-pairs.tsv`)).map((row) => ({
    fold: Number(field(row, 'fold')), a: place.get(field(row, 'image_a')) ?? -1, b: place.get(field(row, 'image_b')) ?? -1, same: field(row, 'same') === '1',
  }));
  const subject = await findSubject('shipped', FILES.shipped);
  if (subject === undefined) throw new Error(`there is no ${FILES.shipped}`);
  const outputs = [{ name: subject.embedding, length: subject.dimensions }];
  const [whole] = variants([]);
  if (whole === undefined) throw new Error('no variant shows the whole face');
  const pictures = rows.map((_, i) => i);
  const { vectors, dimensions } = await embedAll({ data, pack: 'lfw', subject, outputs, variants: [whole], pictures, count: rows.length, onProgress });
  const people = new Map<number, Float32Array[]>();
  identities(rows.length, pairs).forEach((who, i) => {
    const key = who === -1 ? -1 - i : who;
    people.set(key, [...(people.get(key) ?? []), vectors.slice(i * dimensions, (i + 1) * dimensions)]);
  });
  return [...people.values()];
}
