/** Declared against measured: how often strangers are named, how often enrolled people are, and whether a probability is one. */
import { cosine } from '../../src/cosine.js';
import type { Calibration } from '../../src/types.js';
import { shareOf } from './interval.js';
import { type Outcome, searchAll, type Subject } from './search.js';

export const GALLERIES = [100, 1_000, 10_000] as const;
export const DECLARED = [0.01, 0.001] as const;

export interface Row {
  readonly gallery: number;
  readonly visibility: string;
  readonly declaredFpir: number;
  readonly measuredFpir: number;
  readonly ciLow: number;
  readonly ciHigh: number;
  /** Share of the searches for enrolled people that name them. */
  readonly tpir: number;
  /** Share of them that name somebody else. */
  readonly confused: number;
  readonly strangers: number;
  readonly strangerSearches: number;
  readonly enrolledSearches: number;
}

/** How often answers of about this probability were right. */
export interface Reliability {
  readonly from: number;
  readonly to: number;
  readonly answers: number;
  readonly said: number;
  readonly right: number;
}

export interface Scene {
  readonly pool: readonly Subject[];
  /** The first of the pool, whom training never saw: galleries that are small enough are made of them alone. */
  readonly unseen: number;
  /** Photographs of people of LFW; `own` is the enrolled face, from another photograph, of whoever has two. */
  readonly probes: readonly (Subject & { readonly own?: Subject })[];
  readonly calibration: Calibration;
  readonly minVisibility: number;
}

export function declaredAgainstMeasured({ pool: all, unseen, probes, calibration, minVisibility }: Scene): { rows: Row[]; reliability: Reliability[] } {
  const similarities = probes.map((probe) => Float32Array.from(all, (face) => cosine(probe.embedding, face.embedding)));
  const rows: Row[] = [];
  const said: { probability: number; right: boolean; weight: number }[] = [];
  // A pool that is too small makes one gallery of all it has.
  for (const size of new Set(GALLERIES.map((wanted) => Math.min(wanted, all.length)))) {
    const pool = size <= unseen ? all.slice(0, unseen) : all;
    for (const { min, max } of calibration.buckets) {
      const here = [...probes.keys()].filter((i) => within(probes[i]?.visibility ?? -1, Math.max(min, minVisibility), max));
      for (const fpir of DECLARED) {
        const galleries = { pool, size, calibration, minVisibility };
        const run = (i: number, own?: Subject): Outcome => searchAll(galleries, { probe: probes[i] as Subject, similarities: similarities[i] as Float32Array, fpir, ...(own && { own }) });
        const strangers = here.map((i) => run(i));
        const enrolled = here.flatMap((i) => (probes[i]?.own ? [run(i, probes[i].own)] : []));
        rows.push(rowOf({ size, visibility: `${min} to ${max}`, fpir }, strangers, enrolled));
        if (size === Math.min(1_000, all.length) && fpir === 0.001) said.push(...weighed(strangers), ...weighed(enrolled));
      }
    }
  }
  return { rows, reliability: reliabilityOf(said) };
}

const within = (visibility: number, min: number, max: number): boolean => visibility >= min && (visibility < max || max === 1);

function rowOf({ size, visibility, fpir }: { size: number; visibility: string; fpir: number }, strangers: readonly Outcome[], enrolled: readonly Outcome[]): Row {
  const { share: measuredFpir, low: ciLow, high: ciHigh } = shareOf(byPerson(strangers));
  const searches = (outcomes: readonly Outcome[]): number => outcomes.reduce((sum, outcome) => sum + outcome.searches, 0);
  const part = (of: 'named' | 'confused'): number => enrolled.reduce((sum, outcome) => sum + outcome[of], 0) / Math.max(1, searches(enrolled));
  return {
    gallery: size, visibility, declaredFpir: fpir, measuredFpir, ciLow, ciHigh, tpir: part('named'), confused: part('confused'),
    strangers: byPerson(strangers).length, strangerSearches: searches(strangers), enrolledSearches: searches(enrolled),
  };
}

function byPerson(outcomes: readonly Outcome[]): { hits: number; searches: number }[] {
  const people = new Map<number, { hits: number; searches: number }>();
  for (const { person, named, searches } of outcomes) {
    const before = people.get(person) ?? { hits: 0, searches: 0 };
    people.set(person, { hits: before.hits + named, searches: before.searches + searches });
  }
  return [...people.values()];
}

/** All of them together weigh one: the prior says that strangers and enrolled people come as often. */
function weighed(outcomes: readonly Outcome[]): { probability: number; right: boolean; weight: number }[] {
  const all = outcomes.flatMap(({ probabilities }) => probabilities);
  return all.map((one) => ({ ...one, weight: 1 / all.length }));
}

const BINS = [0, 0.1, 0.5, 0.9, 0.99, 1] as const;

function reliabilityOf(said: readonly { probability: number; right: boolean; weight: number }[]): Reliability[] {
  return BINS.slice(1).map((to, i) => {
    const from = BINS[i] ?? 0;
    const here = said.filter(({ probability }) => probability >= from && (probability < to || to === 1));
    const weight = here.reduce((sum, one) => sum + one.weight, 0) || 1;
    const mean = (of: (one: (typeof here)[number]) => number): number => here.reduce((sum, one) => sum + one.weight * of(one), 0) / weight;
    return { from, to, answers: here.length, said: mean(({ probability }) => probability), right: mean(({ right }) => Number(right)) };
  });
}
