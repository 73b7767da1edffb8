/**
 * The generalised Pareto distribution, which the excesses of any well-behaved distribution over a high enough threshold follow (Pickands, 1975):
 * P(X > x) = (1 + shape · x / scale)^(−1/shape), and exp(−x / scale) for shape 0; with a shape below 0 no x is beyond −scale / shape.
 */
export interface Pareto {
  readonly shape: number;
  readonly scale: number;
}

/** Cosines end at 1: a tail that thins faster than this has too few excesses to be believed, one that is heavier has outliers. */
const SHAPES = [-0.5, 0.5] as const;
const NEARLY_ZERO = 1e-9;

export function survival({ shape, scale }: Pareto, x: number): number {
  if (Math.abs(shape) < NEARLY_ZERO) return Math.exp(-x / scale);
  return Math.max(0, 1 + (shape * x) / scale) ** (-1 / shape);
}

/** The x that is exceeded with this probability, 0 to 1. */
export function quantile({ shape, scale }: Pareto, probability: number): number {
  if (Math.abs(shape) < NEARLY_ZERO) return -scale * Math.log(probability);
  return (scale / shape) * (probability ** -shape - 1);
}

/**
 * By maximum likelihood from excesses above 0, each with a weight. For a given θ = shape / scale the best shape is the mean of log(1 + θ x), so that only θ
 * is looked for (Grimshaw, 1993).
 */
export function fitPareto(excesses: ArrayLike<number>, weights?: ArrayLike<number>): Pareto {
  const { mean, largest } = summary(excesses, weights);
  if (!(mean > 0)) throw new RangeError('there are no excesses to fit a tail to');
  const shapeAt = (theta: number): number => weightedMean(excesses, weights, (x) => Math.log1p(theta * x));
  const likelihood = (theta: number): number => {
    if (Math.abs(theta * mean) < 1e-6) return -Math.log(mean) - 1;
    const shape = shapeAt(theta);
    return -Math.log(shape / theta) - shape - 1;
  };
  const theta = highest(likelihood, [-(1 - 1e-6) / largest, 2 / mean]);
  return within(Math.abs(theta * mean) < 1e-6 ? { shape: 0, scale: mean } : { shape: shapeAt(theta), scale: shapeAt(theta) / theta }, mean);
}

/** A shape beyond belief is held at the border, with the scale that keeps the mean: scale / (1 − shape). */
function within({ shape, scale }: Pareto, mean: number): Pareto {
  const held = Math.min(SHAPES[1], Math.max(SHAPES[0], shape));
  return held === shape ? { shape, scale } : { shape: held, scale: mean * (1 - held) };
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Where a function of one hill has its top. */
function highest(hill: (x: number) => number, [from, to]: readonly [number, number]): number {
  let [low, high] = [from, to];
  let [a, b] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [atA, atB] = [hill(a), hill(b)];
  for (let step = 0; step < 40; step++) {
    if (atA > atB) {
      [high, b, atB] = [b, a, atA];
      a = high - GOLDEN * (high - low);
      atA = hill(a);
    } else {
      [low, a, atA] = [a, b, atB];
      b = low + GOLDEN * (high - low);
      atB = hill(b);
    }
  }
  return (low + high) / 2;
}

function summary(excesses: ArrayLike<number>, weights: ArrayLike<number> | undefined): { mean: number; largest: number } {
  let largest = 0;
  for (let i = 0; i < excesses.length; i++) if ((weights?.[i] ?? 1) > 0) largest = Math.max(largest, excesses[i] ?? 0);
  return { mean: weightedMean(excesses, weights, (x) => x), largest };
}

function weightedMean(values: ArrayLike<number>, weights: ArrayLike<number> | undefined, of: (value: number) => number): number {
  let [sum, total] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const weight = weights?.[i] ?? 1;
    if (weight === 0) continue;
    sum += weight * of(values[i] ?? 0);
    total += weight;
  }
  return sum / total;
}
