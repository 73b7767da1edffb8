import sharp from 'sharp';
import { FACES, type TrueFace } from '../demo/truth.js';
import { groupPhotographs, type Picture } from '../support/pictures.js';

/** A face as somebody's software saw it. */
export interface Sight {
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly descriptor: readonly number[];
}

/** Looks at a picture file. */
export type Look = (bytes: Buffer) => Promise<Sight[]>;

/** Shares of the 22 faces in the six photographs. */
export interface Rates {
  readonly detected: number;
  /** Named rightly, and named as somebody else, in the photographs mirrored, at half the size, JPEG quality 50; enrolled from the photographs as they are. */
  readonly identified: number;
  readonly wrong: number;
  /** Boxes on nobody. */
  readonly ghosts: number;
}

/** @param alike whether two descriptors are close enough for a name, and how close */
export async function rate(look: Look, alike: (a: readonly number[], b: readonly number[]) => { readonly closeness: number; readonly named: boolean }): Promise<Rates> {
  const photographs = groupPhotographs();
  const enrolled = await seenOf(look, photographs, (point) => point);
  const probes = await Promise.all(photographs.map(worse));
  const seen = await seenOf(look, probes.map(({ picture }) => picture), ([x, y], photograph) => [((probes[photograph - 1]?.width ?? 0) - 1 - x) / 2, y / 2]);
  const named = [...seen.found].map(([face, { descriptor }]) => {
    const best = [...enrolled.found].map(([other, sight]) => ({ other, ...alike(descriptor, sight.descriptor) })).sort((a, b) => b.closeness - a.closeness)[0];
    return best?.named === true ? same(face, best.other) : undefined;
  });
  const share = (count: number): number => count / FACES.length;
  return {
    detected: share(enrolled.found.size),
    identified: share(named.filter((right) => right === true).length),
    wrong: share(named.filter((right) => right === false).length),
    ghosts: enrolled.ghosts,
  };
}

const same = (a: TrueFace, b: TrueFace): boolean => a === b || (a.person !== undefined && a.person === b.person);

type Place = (point: readonly [number, number], photograph: number) => readonly [number, number];

async function seenOf(look: Look, pictures: readonly Picture[], place: Place): Promise<{ found: Map<TrueFace, Sight>; ghosts: number }> {
  const found = new Map<TrueFace, Sight>();
  let ghosts = 0;
  for (const [i, { bytes }] of pictures.entries()) {
    const left = new Set(await look(bytes));
    for (const face of FACES.filter(({ photograph }) => photograph === i + 1)) {
      const middle = mean(face.points.map((point) => place(point, face.photograph)));
      const sight = [...left].find(({ box }) => middle[0] > box.x && middle[0] < box.x + box.width && middle[1] > box.y && middle[1] < box.y + box.height);
      if (sight === undefined) continue;
      found.set(face, sight);
      left.delete(sight);
    }
    ghosts += left.size;
  }
  return { found, ghosts };
}

async function worse({ name, bytes }: Picture): Promise<{ picture: Picture; width: number }> {
  const { width } = await sharp(bytes).metadata();
  const small = await sharp(bytes).flop().resize({ width: Math.round(width / 2) }).jpeg({ quality: 50 }).toBuffer();
  return { picture: { name, bytes: small }, width };
}

function mean(points: readonly (readonly [number, number])[]): [number, number] {
  const total = points.reduce<[number, number]>((sum, [x, y]) => [sum[0] + x, sum[1] + y], [0, 0]);
  return [total[0] / points.length, total[1] / points.length];
}
