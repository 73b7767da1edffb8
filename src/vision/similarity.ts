/* eslint-disable @typescript-eslint/no-non-null-assertion -- these loops keep within the bounds of their arrays */
import type { Point } from './ports.js';

/** Rotation, scale and shift: (x, y) → (a·x − b·y + tx, b·x + a·y + ty). */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly ty: number;
}

export function apply({ a, b, tx, ty }: Similarity, [x, y]: Point): Point {
  return [a * x - b * y + tx, b * x + a * y + ty];
}

export function inverse({ a, b, tx, ty }: Similarity): Similarity {
  const norm = a * a + b * b;
  return { a: a / norm, b: -b / norm, tx: -(a * tx + b * ty) / norm, ty: (b * tx - a * ty) / norm };
}

export const scaleOf = ({ a, b }: Similarity): number => Math.hypot(a, b);

export const shifted = (fit: Similarity, dx: number, dy: number): Similarity => ({ ...fit, tx: fit.tx + dx, ty: fit.ty + dy });

/**
 * The similarity that takes `from` to `to` with the least weighted sum of squares (closed form: the points as complex numbers
 * around their weighted means). Undefined when the weighted points of `from` coincide.
 */
export function fitSimilarity(from: readonly Point[], to: readonly Point[], weights: readonly number[]): Similarity | undefined {
  const p = weightedMean(from, weights);
  const q = weightedMean(to, weights);
  let [dot, cross, norm] = [0, 0, 0];
  weights.forEach((weight, i) => {
    const [px, py] = minus(from[i]!, p);
    const [qx, qy] = minus(to[i]!, q);
    dot += weight * (px * qx + py * qy);
    cross += weight * (px * qy - py * qx);
    norm += weight * (px * px + py * py);
  });
  if (!(norm > 1e-9)) return undefined;
  const [a, b] = [dot / norm, cross / norm];
  return { a, b, tx: q[0] - a * p[0] + b * p[1], ty: q[1] - b * p[0] - a * p[1] };
}

export interface RobustFit {
  readonly fit: Similarity;
  /** The given weight of each point, lowered by how far the fit leaves it from its target. */
  readonly weights: readonly number[];
}

const ROUNDS = 8;

/**
 * `fitSimilarity` that a few wrong points do not drag along: refitted with weights lowered by 1 / (1 + (residual / `tolerance`)²)
 * (Cauchy). `tolerance` is a distance among `to`.
 */
export function fitRobustly(from: readonly Point[], to: readonly Point[], given: readonly number[], tolerance: number): RobustFit | undefined {
  let weights = given;
  let fit = fitSimilarity(from, to, weights);
  for (let round = 0; round < ROUNDS && fit !== undefined; round++) {
    const current = fit;
    weights = given.map((weight, i) => {
      const [dx, dy] = minus(apply(current, from[i]!), to[i]!);
      return weight / (1 + (dx * dx + dy * dy) / (tolerance * tolerance));
    });
    fit = fitSimilarity(from, to, weights);
  }
  return fit === undefined ? undefined : { fit, weights };
}

function weightedMean(points: readonly Point[], weights: readonly number[]): Point {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (axis: 0 | 1): number => points.reduce((sum, point, i) => sum + point[axis] * weights[i]!, 0) / total;
  return [mean(0), mean(1)];
}

const minus = (p: Point, q: Point): Point => [p[0] - q[0], p[1] - q[1]];
