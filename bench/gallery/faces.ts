/**
 * Faces as the embedder gives them, made by numbers: people of 1 to 40 faces, evenly. A direction is normal, and its variance falls off from the first
 * dimension to the last, so that it is worth 64 dimensions that are all alike. A face is its person's direction and one of its own, `spread` times as long, 0.4
 * to 1.2.
 */
export const DIMENSIONS = 256;
const MOST_FACES = 40;

const SCALE = Float32Array.from({ length: DIMENSIONS }, (_, i) => Math.exp(-((i / 38) ** 1.2) / 2));

export function unit(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const scale = 1 / Math.sqrt(squares);
  return vector.map((value) => value * scale);
}

/** Each number the sum of three even ones, which is normal enough. */
function direction(random: () => number): Float32Array {
  return unit(SCALE.map((scale) => scale * (random() + random() + random() - 1.5)));
}

export class Person {
  readonly #direction: Float32Array;
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
    this.#direction = direction(random);
  }

  face(): Float32Array {
    const spread = 0.4 + 0.8 * this.#random();
    const own = direction(this.#random);
    return unit(this.#direction.map((value, i) => value + spread * (own[i] as number)));
  }
}

export interface Crowd {
  readonly id: string;
  readonly person: Person;
  readonly faces: Float32Array[];
}

/** People until they have so many faces in all. */
export function* people(faces: number, random: () => number, prefix = 'p'): Generator<Crowd, void, undefined> {
  for (let left = faces, number = 0; left > 0; number++) {
    const person = new Person(random);
    const count = Math.min(left, 1 + Math.floor(random() * MOST_FACES));
    left -= count;
    yield { id: `${prefix}${number}`, person, faces: Array.from({ length: count }, () => person.face()) };
  }
}
