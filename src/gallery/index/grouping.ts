import type { Grouping } from '../../types.js';
import { DIMENSIONS } from '../vectors.js';
import type { Candidate } from './best.js';
import type { CollectionIndex } from './collection-index.js';
import { type Matrix, STRIDE } from './matrix.js';

/** More people than are wanted are looked at, for another measure orders them anew. */
const WIDER = { times: 2, more: 8 } as const;
/** Of the nearest faces, for their mean. */
const NEAREST = 3;
/** A face is left out of a template when it is less than so many times as near to the mean of the others as the median is. */
const OUTLIER = 0.5;

/** How many people to search for, so that the best `topK` by this measure are among them. */
export const fetchedFor = (grouping: Grouping, topK: number): number => (grouping === 'best' ? topK : WIDER.times * topK + WIDER.more);

/** The same people ordered by all their faces instead of the nearest one, which stays the face that is named. @param unit the probe, of unit length */
export function grouped(grouping: Grouping, { matrix, roster }: CollectionIndex, unit: Float32Array, found: readonly Candidate[]): readonly Candidate[] {
  if (grouping === 'best') return found;
  const alike = grouping === 'mean3' ? meanOfNearest : alikeToTemplate;
  return found.map((one) => ({ ...one, similarity: alike(matrix, unit, [...roster.rows(one.identity)]) })).sort((a, b) => b.similarity - a.similarity || a.label - b.label);
}

function meanOfNearest(matrix: Matrix, unit: Float32Array, rows: readonly number[]): number {
  const nearest = cosinesOf(matrix, unit, rows).sort((a, b) => b - a).slice(0, NEAREST);
  return nearest.reduce((sum, cosine) => sum + cosine, 0) / nearest.length;
}

/** Cosine with the mean of the faces, outliers left out. */
function alikeToTemplate(matrix: Matrix, unit: Float32Array, rows: readonly number[]): number {
  const sum = sumOf(matrix, rows);
  const length = Math.sqrt(dot(sum, sum));
  const near = rows.map((row) => {
    const alike = dot(sum, matrix.vector(row));
    return (alike - 1) / Math.sqrt(Math.max(Number.EPSILON, length * length - 2 * alike + 1));
  });
  const median = [...near].sort((a, b) => a - b)[near.length >> 1] as number;
  const kept = rows.filter((_, i) => (near[i] as number) >= OUTLIER * median);
  const template = kept.length === 0 || kept.length === rows.length ? sum : sumOf(matrix, kept);
  return Math.min(1, Math.max(-1, dot(template, unit) / Math.max(Number.EPSILON, Math.sqrt(dot(template, template)))));
}

function sumOf(matrix: Matrix, rows: readonly number[]): Float64Array {
  const sum = new Float64Array(DIMENSIONS);
  for (const row of rows) for (const [i, value] of matrix.vector(row).entries()) sum[i] = (sum[i] as number) + value;
  return sum;
}

const dot = (a: Float64Array, b: Float64Array | Float32Array): number => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);

function cosinesOf(matrix: Matrix, unit: Float32Array, rows: readonly number[]): number[] {
  const found: number[] = [];
  for (let from = 0; from < rows.length; from += STRIDE) found.push(...matrix.cosines(unit, rows.slice(from, from + STRIDE)));
  return found;
}
