/**
 * Up to so many faces of a collection every one is compared; beyond, a graph is kept. Measured: docs/decisions. In a file of its own so
 * that the caller's thread need not load the graph library.
 */
export const EXACT_UP_TO = 2_000;
