import type { Match } from '../gallery/port.js';

export interface Decision {
  readonly kind: 'KNOWN' | 'UNKNOWN' | 'POOR';
  /** One sentence for people. */
  readonly reason: string;
  /** The similarity that the first match had to reach. */
  readonly threshold: number;
}

export interface Evidence {
  /** Share of the face that can be seen, 0 to 1; 1 for a probe that came as an embedding. */
  readonly visibility: number;
  /** Below this a face is not named at all. */
  readonly minVisibility: number;
  readonly threshold: number;
}

/** Who, or honestly nobody. `matches` are best first. */
export function decide(matches: readonly Match[], evidence: Evidence): Decision {
  const { visibility, minVisibility, threshold } = evidence;
  if (visibility < minVisibility) {
    return { kind: 'POOR', threshold, reason: `only ${percent(visibility)} of the face can be seen; ${percent(minVisibility)} are needed` };
  }
  const best = matches[0];
  if (best === undefined) return { kind: 'UNKNOWN', threshold, reason: 'the collection holds nobody to compare with' };
  const figures = `similarity ${best.similarity.toFixed(3)}, threshold ${threshold.toFixed(3)}`;
  return best.similarity >= threshold
    ? { kind: 'KNOWN', threshold, reason: `the nearest enrolled face is near enough (${figures})` }
    : { kind: 'UNKNOWN', threshold, reason: `the nearest enrolled face is not near enough (${figures})` };
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
