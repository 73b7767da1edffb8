import { RATES, similarityAt, type Tail } from './tail.js';
import type { Scores } from './scores.js';
import { between } from './yardstick.js';

/** Breadth of the kernel that smooths the few similarities of one person, and how fine the curve is told. */
const BREADTH = 0.04;
const STEP = 0.04;
const LOWEST = -0.2;
const LEAST_DENSITY = 1e-3;
const MOST = 9;

/**
 * log10 of the likelihood ratio of one person to two strangers, by similarity. A person's similarities are smoothed, each person counting alike; strangers' are counted
 * below the tail, and above it taken from `high`, the upper end of what the tail may be, so that it errs towards "not sure". Never falls.
 */
export function oddsOf({ impostors, genuine }: Scores, tail: Tail, high: readonly number[]): [number, number][] {
  const own = new Map<number, number>();
  for (const { person } of genuine) own.set(person, (own.get(person) ?? 0) + 1);
  const genuineAt = (s: number): number =>
    genuine.reduce((sum, { similarity, person }) => sum + bell((s - similarity) / BREADTH) / (own.get(person) ?? 1), 0) / (BREADTH * own.size);
  const counts = new Float64Array(Math.ceil(2 / STEP) + 1);
  for (const score of impostors) counts[Math.floor((score + 1) / STEP)] = (counts[Math.floor((score + 1) / STEP)] ?? 0) + 1;
  const body = (s: number): number => Math.max(1, counts[Math.floor((s + 1) / STEP)] ?? 0) / (impostors.length * STEP);
  const curve: [number, number][] = [[tail.from, -Math.log10(tail.rate)], ...RATES.map((fmr, i): [number, number] => [high[i] ?? similarityAt(tail, fmr), -Math.log10(fmr)])];
  const rates = goingOn(curve.filter(([s], i) => i === 0 || s > (curve[i - 1]?.[0] ?? 0) + 1e-6));
  const beyond = (s: number): number => (10 ** -between(rates, s - STEP / 2) - 10 ** -between(rates, s + STEP / 2)) / STEP;
  const points: [number, number][] = [];
  let most = -Infinity;
  for (let s = LOWEST; s <= 1; s += STEP) {
    const strangers = s < tail.from + STEP ? body(s) : beyond(s);
    // Where nobody's own similarities are, nothing is learnt: the odds stay what they were.
    const own = genuineAt(s);
    if (own > LEAST_DENSITY || s < tail.from) most = Math.max(most, Math.log10(Math.max(own, LEAST_DENSITY) / Math.max(strangers, 1e-12)));
    points.push([round(s, 2), round(Math.min(MOST, most), 2)]);
  }
  return points;
}

/** Beyond its last point as steep as before it. */
function goingOn(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const [last = [1, 9], before = [0, 0]] = [points.at(-1), points.at(-2)];
  return [...points, [last[0] + 2, last[1] + (2 * (last[1] - before[1])) / (last[0] - before[0])]];
}

const bell = (z: number): number => Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI);

export const round = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;
