import { fitPareto, type Pareto, quantile } from './pareto.js';
import type { Scores } from './scores.js';

/** The share of the strangers' similarities that the tail is fitted to. */
export const TAIL_SHARE = 0.02;
/** 10^-2 to 10^-9, two a decade: a gallery of a million faces at one false alarm in a thousand searches. */
export const RATES: readonly number[] = Array.from({ length: 15 }, (_, i) => 10 ** -(2 + i / 2));
const BINS = 500;

export interface Tail extends Pareto {
  readonly from: number;
  /** Share of the similarities that reach `from`. */
  readonly rate: number;
}

/** The similarity with this false match rate; for rates up to `rate`. */
export const similarityAt = ({ from, rate, ...pareto }: Tail, fmr: number): number => Math.min(1, from + quantile(pareto, Math.min(1, fmr / rate)));

/** The excesses over the threshold, in bins, with the pair of people of each. */
export interface Excesses {
  readonly from: number;
  readonly centres: Float64Array;
  readonly bin: Uint16Array;
  readonly probes: Uint32Array;
  readonly enrolled: Uint32Array;
}

export function excessesOf({ impostors, probes, enrolled }: Scores): Excesses {
  const sorted = impostors.slice().sort();
  const from = sorted[Math.floor((1 - TAIL_SHARE) * sorted.length)] ?? 1;
  const width = ((sorted.at(-1) ?? 1) - from) / BINS || 1e-6;
  const above: number[] = [];
  impostors.forEach((score, i) => { if (score > from) above.push(i); });
  return {
    from,
    centres: Float64Array.from({ length: BINS }, (_, i) => (i + 0.5) * width),
    bin: Uint16Array.from(above, (i) => Math.min(BINS - 1, Math.floor(((impostors[i] ?? 0) - from) / width))),
    probes: Uint32Array.from(above, (i) => probes[i] ?? 0),
    enrolled: Uint32Array.from(above, (i) => enrolled[i] ?? 0),
  };
}

/** How often each person counts, by number; absent: once. */
export type Weights = Uint8Array | undefined;

/** How many pairs of strangers there are for each two people. */
export interface Pairs {
  readonly probes: Uint32Array;
  readonly enrolled: Uint32Array;
  readonly counts: Uint32Array;
}

/** The tail when people count so often; undefined when none of them is left in it. */
export function tailOf({ from, centres, bin, probes, enrolled }: Excesses, pairs: Pairs, people?: Weights): Tail | undefined {
  const weights = new Float64Array(centres.length);
  let above = 0;
  for (let i = 0; i < bin.length; i++) {
    const together = people === undefined ? 1 : (people[probes[i] ?? 0] ?? 0) * (people[enrolled[i] ?? 0] ?? 0);
    weights[bin[i] ?? 0] = (weights[bin[i] ?? 0] ?? 0) + together;
    above += together;
  }
  const total = weightOf(pairs, people);
  return above > 0 && total > 0 ? { from, rate: above / total, ...fitPareto(centres, weights) } : undefined;
}

/** Counts each two people's pairs of strangers once, for weighing them again and again. */
export function pairsOf({ probes, enrolled }: Scores): Pairs {
  const counts = new Map<number, number>();
  for (let i = 0; i < probes.length; i++) {
    const key = (probes[i] ?? 0) * 2 ** 24 + (enrolled[i] ?? 0);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const keys = [...counts.keys()];
  return {
    probes: Uint32Array.from(keys, (key) => Math.floor(key / 2 ** 24)),
    enrolled: Uint32Array.from(keys, (key) => key % 2 ** 24),
    counts: Uint32Array.from(counts.values()),
  };
}

function weightOf({ probes, enrolled, counts }: Pairs, people: Weights): number {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    const weight = people === undefined ? 1 : (people[probes[i] as number] as number) * (people[enrolled[i] as number] as number);
    sum += weight * (counts[i] as number);
  }
  return sum;
}
