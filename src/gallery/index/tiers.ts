/**
 * How many faces of a collection are searched in which way. In a file of its own so that the caller's thread need not load the kernels.
 */
export interface Tiers {
  /** Up to so many each is compared. */
  readonly exactUpTo: number;
  /** Up to so many all are gone through by a few bits of each; beyond, a graph leads to those nearby. */
  readonly skimUpTo: number;
}

/** Measured: docs/decisions. */
export const TIERS: Tiers = { exactUpTo: 2_000, skimUpTo: 250_000 };
/** Whatever the size. */
export const ALL_COMPARED: Tiers = { exactUpTo: Infinity, skimUpTo: Infinity };
