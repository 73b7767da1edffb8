/** The protocol's seven columns, as lists of comparisons between variants of two pictures. */
import { cosine } from '../../src/cosine.js';
import { foldAccuracy, mean, tarAtFar, type Comparison } from './metrics.js';
import { variantIndex, type Part, type Variant } from './protocol.js';

export const COLUMNS = [
  'holistic',
  'partialHolistic',
  'partialSame',
  'partialCross',
  'centredPartialHolistic',
  'centredPartialSame',
  'centredPartialCross',
] as const;
export type Column = (typeof COLUMNS)[number];

export interface Pair {
  readonly fold: number;
  readonly a: number;
  readonly b: number;
  readonly same: boolean;
}

/** Unit vectors of every variant of every picture. */
export interface Embeddings {
  readonly vectors: Float32Array;
  readonly dimensions: number;
  readonly variants: number;
}

/** The vector of one picture's variant (a view). */
export function vectorOf({ vectors, dimensions, variants }: Embeddings, picture: number, variant: number): Float32Array {
  const start = (picture * variants + variant) * dimensions;
  return vectors.subarray(start, start + dimensions);
}

export interface Figure {
  readonly accuracy: number;
  readonly tarAtFar1e2: number;
  readonly tarAtFar1e3: number;
}

/** The figure of one column at one factor: the mean over its parts. The holistic column has no factor. */
export function columnAt(column: Column, factor: number, factors: readonly number[], pairs: readonly Pair[], embeddings: Embeddings): Figure {
  const centred = column.startsWith('centred');
  const index = (part: Part | 'whole'): number => variantIndex(factors, toVariant(part, factor, centred));
  const figures = matchUps(column).map(([one, other]) => {
    const comparisons = compare(pairs, embeddings, index(one), index(other));
    return { accuracy: foldAccuracy(comparisons), tarAtFar1e2: tarAtFar(comparisons, 1e-2), tarAtFar1e3: tarAtFar(comparisons, 1e-3) };
  });
  return averaged(figures);
}

export function averaged(figures: readonly Figure[]): Figure {
  const over = (key: keyof Figure): number => mean(figures.map((figure) => figure[key]));
  return { accuracy: over('accuracy'), tarAtFar1e2: over('tarAtFar1e2'), tarAtFar1e3: over('tarAtFar1e3') };
}

/** Which part is compared with which. */
export function matchUps(column: Column): (readonly [Part | 'whole', Part | 'whole'])[] {
  if (column === 'holistic') return [['whole', 'whole']];
  if (column.endsWith('artialHolistic')) return [['whole', 'leftEye'], ['whole', 'nose'], ['whole', 'mouth']];
  if (column.endsWith('artialSame')) return [['leftEye', 'leftEye'], ['nose', 'nose'], ['mouth', 'mouth']];
  return [['leftEye', 'rightEye'], ['leftEye', 'nose'], ['leftEye', 'mouth'], ['nose', 'mouth']];
}

/** Each pair once, and once more the other way round where the two variants differ. */
export function compare(pairs: readonly Pair[], embeddings: Embeddings, one: number, other: number): Comparison[] {
  const ways = one === other ? [[one, other] as const] : [[one, other] as const, [other, one] as const];
  return ways.flatMap(([first, second]) =>
    pairs.map(({ a, b, same, fold }) => ({
      score: cosine(vectorOf(embeddings, a, first), vectorOf(embeddings, b, second)),
      same,
      fold,
    })),
  );
}

const toVariant = (part: Part | 'whole', factor: number, centred: boolean): Variant => (part === 'whole' ? part : { part, factor, centred });
