import { cosine } from '../../../src/cosine.js';
import { seeded } from '../../../test/gallery/support.js';
import { lfwOwners } from '../../eval/lfw.js';
import { quantile } from '../../support/stats.js';
import { DIMENSIONS, Person } from '../faces.js';
import type { Part } from '../part.js';
import { embedded } from '../photographs.js';

/** Real people of so many photographs at least, so that one person's faces can be compared. */
const LEAST = 2;

/** How the made-up faces lie, beside embeddings of photographs: `--data` is the folder of lfw.bin; without it there is nothing to compare with. */
export const spread: Part = async ({ data, faces }, note) => {
  if (data === undefined) throw new Error('--data DIR is missing: a folder with lfw.bin, lfw.tsv and lfw-pairs.tsv');
  const real = await photographs(data, faces, note);
  const random = seeded(7);
  const made = real.map((vectors) => {
    const person = new Person(random);
    return vectors.map(() => person.face());
  });
  return { spread: { people: real.length, faces: real.flat().length, real: figures(real), made: figures(made) } };
};

/** Embeddings of the shipped network, by people. */
async function photographs(data: string, most: number, note: (text: string) => void): Promise<Float32Array[][]> {
  const owners = await lfwOwners(data);
  const pictures = owners.flatMap((owner, i) => (owner < 0 ? [] : [i])).slice(0, most);
  const vectors = await embedded({ data, pictures, variants: ['whole'], note });
  const people = new Map<number, Float32Array[]>();
  for (const picture of pictures) {
    const owner = owners[picture] as number;
    people.set(owner, [...(people.get(owner) ?? []), vectors(picture, 0)]);
  }
  return [...people.values()].filter((own) => own.length >= LEAST);
}

/** Cosines of one person's faces, of strangers', of a stranger's nearest, and how many dimensions strangers use. */
function figures(people: readonly (readonly Float32Array[])[]): object {
  const own = people.flatMap((faces) => faces.flatMap((a, i) => faces.slice(i + 1).map((b) => cosine(a, b))));
  const firsts = people.map(([first]) => first as Float32Array);
  const strangers = firsts.map((a, i) => firsts.filter((_, j) => j !== i).map((b) => cosine(a, b)));
  const nearest = strangers.map((cosines) => cosines.reduce((most, cosine) => Math.max(most, cosine), -1));
  return { own: quantiles(own), strangers: quantiles(strangers.flat()), nearestStranger: quantiles(nearest), effectiveDimensions: participation(firsts) };
}

const quantiles = (values: readonly number[]): number[] => [0.05, 0.25, 0.5, 0.75, 0.95].map((q) => quantile(values, q));

/** (Σλ)² / Σλ² of the covariance: how many equal dimensions would spread as these do. */
function participation(vectors: readonly Float32Array[]): number {
  const mean = Float64Array.from({ length: DIMENSIONS }, (_, i) => vectors.reduce((sum, vector) => sum + (vector[i] as number), 0) / vectors.length);
  const centred = vectors.map((vector) => Float64Array.from(vector, (value, i) => value - (mean[i] as number)));
  let [trace, squares] = [0, 0];
  for (let i = 0; i < DIMENSIONS; i++) {
    for (let j = 0; j < DIMENSIONS; j++) {
      let sum = 0;
      for (const vector of centred) sum += (vector[i] as number) * (vector[j] as number);
      if (i === j) trace += sum;
      squares += sum * sum;
    }
  }
  return (trace * trace) / squares;
}
