import type { Search } from './graph.js';

/** Faces fetched from the graph: so many anyway, for the first person may have forty, and so many for each identity wanted. */
const FETCH = { least: 64, each: 16 } as const;
const LEAST_BREADTH = 128;
/** Whatever the size of the collection: for up to ten identities, and for each one more. */
const MOST_BREADTH = { ten: 825, each: 37 } as const;
/** So many identities wanted double the breadth: the tenth is a stranger, and strangers are harder to find than the first. */
const DOUBLED_BY = 12;
/** A narrow search for up to four ends when so much of its breadth was followed without a new face among the nearest, eight for each identity wanted; wider ones look longer. Measured: docs/decisions. */
const PATIENCE = { share: 0.36, nearest: 8, few: 4, narrow: 480 } as const;

/** Of a skim: faces weighed for each 1,000, for the first person and for each one more, and at least; then the share of these whose codes are looked at. */
const ALIKE = { first: 10, each: 3, least: 2_000, looked: 0.25 } as const;

export interface Plan {
  /** How many faces to ask the graph for at first. */
  readonly fewest: number;
  readonly search: Search;
}

/**
 * How to search a collection of so many faces, that has links or has none, for `topK` identities, when the filter lets this share of them pass. The breadth of a walk grows with the collection (343 for the first identity
 * of 100,000 faces, 825 of a million), for recall; most searches lose patience long before.
 */
export function planOf(size: number, topK: number, share: number, links: boolean): Plan {
  const dilution = 1 / share;
  const fewest = Math.ceil((FETCH.least + FETCH.each * topK) * dilution);
  if (!links) {
    const each = ALIKE.first + ALIKE.each * (topK - 1);
    const alike = Math.ceil(Math.max(ALIKE.least, (size / 1_000) * each) * dilution);
    return { fewest, search: { alike: Math.max(fewest, alike), looked: Math.max(fewest, Math.ceil(alike * ALIKE.looked)) } };
  }
  const wide = Math.max(LEAST_BREADTH, Math.sqrt(size)) * (1 + topK / DOUBLED_BY);
  const breadth = Math.ceil(Math.min(wide, MOST_BREADTH.ten + MOST_BREADTH.each * Math.max(0, topK - 10)) * dilution);
  const patience = Math.ceil(PATIENCE.share * breadth * Math.max(1, topK / PATIENCE.few, Math.min(wide, MOST_BREADTH.ten) / PATIENCE.narrow));
  return { fewest, search: { breadth, wanted: Math.ceil(PATIENCE.nearest * topK * dilution), patience } };
}
