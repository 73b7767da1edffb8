import { GlimpseError } from '../errors.js';
import type { Bucket } from '../types.js';
import { oddsOf, round } from './odds.js';
import { generator } from './random.js';
import { compare, type Comparing, type Face, type Scores } from './scores.js';
import { excessesOf, pairsOf, RATES, similarityAt, type Tail, tailOf } from './tail.js';

export const EDGES = [0, 0.25, 0.5, 0.75, 1] as const;

/** A face of the people to measure on; whoever shows enough is also compared with as if enrolled. */
export interface Sample extends Face {
  readonly visibility: number;
  /** Not covered on purpose. */
  readonly whole: boolean;
}

export interface FitOptions extends Comparing {
  /** How often people are drawn anew for the intervals. */
  readonly replicates: number;
  readonly seed: number;
}

/** The least that a fit rests on. */
export const LEAST = { people: 30, impostorPairs: 20_000, genuinePairs: 30 } as const;
const ENROLLED_VISIBILITY = 0.5;
const INTERVAL = [0.025, 0.975] as const;

/** What was measured in one range of visibility, or why there is too little to measure. */
export type Fitted = { readonly bucket: Bucket } | { readonly min: number; readonly max: number; readonly tooLittle: string };

/**
 * For each range of visibility: how similar strangers are, how similar one person is. Pairs that share a person depend on each other, so the intervals come from
 * drawing people anew, both sides of a pair at once (the pigeonhole bootstrap: Owen, 2007).
 */
export function fitAll(samples: readonly Sample[], options: FitOptions): Fitted[] {
  const enrolled = samples.filter(({ whole, visibility }) => whole && visibility >= ENROLLED_VISIBILITY);
  return EDGES.slice(1).map((max, i) => {
    const min = EDGES[i] ?? 0;
    const probes = samples.filter(({ visibility }) => visibility >= min && (visibility < max || max === 1));
    return fitBucket({ min, max }, compare(probes, enrolled, options), options);
  });
}

export function fitBucket({ min, max }: { readonly min: number; readonly max: number }, scores: Scores, { replicates, seed }: Pick<FitOptions, 'replicates' | 'seed'>): Fitted {
  const people = new Set([...scores.probes, ...scores.enrolled]);
  const own = new Set(scores.probes);
  const tooLittle = shortage(own.size, scores);
  if (tooLittle !== undefined) return { min, max, tooLittle };
  const [excesses, pairs] = [excessesOf(scores), pairsOf(scores)];
  const tail = tailOf(excesses, pairs);
  if (tail === undefined) return { min, max, tooLittle: 'all strangers are equally similar' };
  const again = redrawn([...people], replicates, seed).flatMap((weights) => tailOf(excesses, pairs, weights) ?? []);
  const thresholds = RATES.map((fmr) => interval(fmr, tail, again));
  return { bucket: {
    min, max, people: own.size, impostorPairs: scores.impostors.length, genuinePairs: scores.genuine.length,
    tail: { from: round(tail.from, 4), rate: round(tail.rate, 5), shape: round(tail.shape, 4), scale: round(tail.scale, 5) },
    thresholds,
    odds: scores.genuine.length < LEAST.genuinePairs ? [] : oddsOf(scores, tail, thresholds.map(({ high }) => high)),
  } };
}

function shortage(people: number, { impostors }: Scores): string | undefined {
  if (people < LEAST.people) return `${people} people, ${LEAST.people} are needed`;
  if (impostors.length < LEAST.impostorPairs) return `${impostors.length} pairs of strangers, ${LEAST.impostorPairs} are needed`;
  return undefined;
}

function interval(fmr: number, tail: Tail, again: readonly Tail[]): Bucket['thresholds'][number] {
  const found = again.map((other) => similarityAt(other, fmr)).sort((a, b) => a - b);
  const at = (share: number): number => found[Math.min(found.length - 1, Math.round(share * (found.length - 1)))] ?? 1;
  const point = similarityAt(tail, fmr);
  return { fmr: Number(fmr.toPrecision(3)), low: round(Math.min(point, at(INTERVAL[0])), 4), point: round(point, 4), high: round(Math.max(point, at(INTERVAL[1])), 4) };
}

/** How often each of the people is drawn when as many as there are are drawn with replacement. */
function redrawn(people: readonly number[], replicates: number, seed: number): Uint8Array[] {
  const random = generator(seed);
  const size = Math.max(0, ...people) + 1;
  return Array.from({ length: replicates }, () => {
    const weights = new Uint8Array(size);
    for (let i = 0; i < people.length; i++) {
      const drawn = people[Math.floor(random() * people.length)] ?? 0;
      weights[drawn] = (weights[drawn] ?? 0) + 1;
    }
    return weights;
  });
}

/** The ranges that could be measured. Throws `precondition` (TOO_LITTLE_DATA) when not one could. */
export function refuseNothing(fitted: readonly Fitted[]): readonly Bucket[] {
  const buckets = fitted.flatMap((one) => ('bucket' in one ? [one.bucket] : []));
  if (buckets.length > 0) return buckets;
  const why = fitted.flatMap((one) => ('tooLittle' in one ? [one.tooLittle] : [])).at(-1) ?? 'no faces';
  throw new GlimpseError('precondition', `too little to measure on: ${why}`, {
    reason: 'TOO_LITTLE_DATA', cure: `give two pictures or more each of ${LEAST.people} people or more, better of some hundred`,
  });
}
