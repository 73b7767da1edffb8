import type { Match } from '../gallery/port.js';
import type { Reach, Vision } from '../types.js';

export interface Decision {
  readonly kind: 'KNOWN' | 'UNKNOWN' | 'POOR';
  /** One sentence for people. */
  readonly reason: string;
  /** The similarity that the first match had to reach. */
  readonly threshold: number;
  /** How far the first match stands above the next person; absent: there is no next. */
  readonly margin?: number;
  /** Faces that the probe was compared with. */
  readonly searched?: number;
}

/** A match, what it had to reach, and how probable it is. */
export interface WeighedMatch extends Match {
  readonly threshold: number;
  /** 0 to 1; absent: not known. */
  readonly probability?: number;
}

export interface Judgement {
  readonly matches: readonly WeighedMatch[];
  readonly decision: Decision;
  /** Whoever is listed with a similarity of this or more is given away by the answer, whatever threshold the caller asked for. */
  readonly own: number;
}

export interface Evidence {
  /** Share of the face that can be seen, 0 to 1: of a track all that was seen of it; 1 for a probe that came as an embedding. */
  readonly visibility: number;
  /** Below this a face is not named at all. */
  readonly minVisibility: number;
  readonly threshold: number;
  /** How far above everybody else the first match has to stand. */
  readonly margin?: number;
}

/** What a search wants, and what the house wants of every search. */
export interface Terms extends Pick<Evidence, 'visibility' | 'minVisibility'> {
  /** Identities that are listed. `matches` should hold two at least, so that the first can be told from the next. */
  readonly topK: number;
  /** The caller's own; it stands in for what follows from the next two. */
  readonly threshold?: number;
  /** False alarms a search that the caller accepts, 0 to 1, if it said so, and that the house does. */
  readonly fpir?: number;
  readonly houseFpir: number;
  readonly reach: Reach;
  /** What was searched for, of unit length. */
  readonly probe: Float32Array;
}

/** What the gallery found for one probe, weighed by the size of the gallery and by how much of the face could be seen. `matches` are best first. */
export function judge({ yardstick }: Pick<Vision, 'yardstick'>, matches: readonly Match[], terms: Terms): Judgement {
  const { probe, visibility, reach, houseFpir, topK } = terms;
  const house = yardstick({ probe, visibility, reach, fpir: houseFpir });
  const asked = terms.fpir === undefined ? house : yardstick({ probe, visibility, reach, fpir: terms.fpir });
  const [threshold, margin] = terms.threshold === undefined ? [asked.threshold, asked.margin] : [terms.threshold, 0];
  const probabilities = asked.probabilities(matches.map(({ similarity }) => similarity));
  const weighed = matches.slice(0, topK).map((match, i): WeighedMatch => ({
    ...match, threshold: barOf(matches, i, { threshold, margin }), ...(probabilities && { probability: probabilities[i] ?? 0 }),
  }));
  const decision = { ...decide(matches, { ...terms, threshold, margin }), searched: reach.faces };
  return { matches: weighed, decision, own: Math.min(threshold, house.threshold) };
}

/** Who, or honestly nobody. `matches` are best first. */
export function decide(matches: readonly Match[], evidence: Evidence): Decision {
  const { visibility, minVisibility, threshold: least } = evidence;
  const [best, next] = matches;
  const threshold = barOf(matches, 0, evidence);
  const told = { threshold, ...(best && next && { margin: best.similarity - next.similarity }) };
  if (visibility < minVisibility) {
    return { ...told, kind: 'POOR', reason: `only ${percent(visibility)} of the face can be seen; ${percent(minVisibility)} are needed` };
  }
  if (best === undefined) return { ...told, kind: 'UNKNOWN', reason: 'the collection holds nobody to compare with' };
  const figures = `similarity ${best.similarity.toFixed(3)}, threshold ${threshold.toFixed(3)}`;
  if (best.similarity >= threshold) return { ...told, kind: 'KNOWN', reason: `the nearest enrolled face is near enough (${figures})` };
  const why = best.similarity >= least ? 'two enrolled people look so alike that this face may be either' : 'the nearest enrolled face is not near enough';
  return { ...told, kind: 'UNKNOWN', reason: `${why} (${figures})` };
}

/** What the match has to reach: enough for a stranger not to, and enough to be told from whoever else comes nearest. */
function barOf(matches: readonly Match[], place: number, { threshold, margin = 0 }: Pick<Evidence, 'threshold' | 'margin'>): number {
  const other = matches[place === 0 ? 1 : 0];
  return margin > 0 && other !== undefined ? Math.max(threshold, other.similarity + margin) : threshold;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
