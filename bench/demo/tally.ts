import { KINDS } from './occluders.js';
import type { Occlusion } from './film.js';
import type { ScoredFace } from './score.js';

export const ROWS: readonly Occlusion[] = [...KINDS, 'passing'];

export interface Counts {
  /** Enrolled people's faces that the frames show whole, detected or not. */
  readonly faces: number;
  readonly detected: number;
  readonly identified: number;
  /** Faces, of anybody, that were given a name that is not theirs. */
  readonly wrong: number;
  /** Strangers' faces that were detected: what nobody looked at proves nothing. */
  readonly strangersTotal: number;
  readonly strangersKept: number;
}

export type Tally = Readonly<Record<Occlusion, Counts>>;

/** By occlusion. Faces cut by the frame's edge count in nothing but `wrong`. */
export function tally(scored: readonly ScoredFace[], enrolled: ReadonlySet<number>): Tally {
  const row = (occlusion: Occlusion): Counts => countFaces(scored.filter(({ truth }) => (truth?.occlusion ?? 'none') === occlusion), enrolled);
  return Object.fromEntries(ROWS.map((occlusion) => [occlusion, row(occlusion)])) as Tally;
}

/** Whoever is filmed in another photograph than the one that enrolled them. */
export const elsewhere = (scored: readonly ScoredFace[], enrolled: ReadonlySet<number>): Counts =>
  countFaces(scored.filter(({ truth }) => truth?.elsewhere === true), enrolled);

function countFaces(here: readonly ScoredFace[], enrolled: ReadonlySet<number>): Counts {
  const whole = here.filter(({ truth }) => truth?.whole === true);
  const people = whole.filter(({ truth }) => enrolled.has(truth?.person ?? NaN));
  const strangers = whole.filter(({ truth, face }) => face !== undefined && !enrolled.has(truth?.person ?? NaN));
  return {
    faces: people.length,
    detected: people.filter(({ face }) => face !== undefined).length,
    identified: count(people, 'right'),
    wrong: count(here, 'wrong'),
    strangersTotal: strangers.length,
    strangersKept: count(strangers, 'kept'),
  };
}

const count = (faces: readonly ScoredFace[], verdict: ScoredFace['verdict']): number => faces.filter((face) => face.verdict === verdict).length;

export function total(rows: readonly Counts[]): Counts {
  const sum = (key: keyof Counts): number => rows.reduce((all, row) => all + row[key], 0);
  return {
    faces: sum('faces'),
    detected: sum('detected'),
    identified: sum('identified'),
    wrong: sum('wrong'),
    strangersTotal: sum('strangersTotal'),
    strangersKept: sum('strangersKept'),
  };
}
