import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { DIMENSIONS } from '../vectors.js';
import type { CollectionIndex } from './collection-index.js';
import { normalise } from './matrix.js';

/** A graph that misses more than this share of the best answers is built anew. */
export const RECALL_FLOOR = 0.995;
/** So many that two misses are no alarm and three are. */
export const RECALL_SAMPLES = 400;
/** Comparing a million faces takes a fifth of a second, so it is done bit by bit: somebody may be searching. */
const REST_MILLISECONDS = 2;
/** Length of what is added to a stored vector of length 1, in a random direction: another picture of that face. */
const BLUR = 0.5;

/**
 * Answers a sample of queries by the graph and by comparing all: the share for which the graph found a face as near as any, 0 to 1. Searches have their turn in
 * between. Undefined when `stopped` or when the collection ran empty.
 */
export async function recallAt1(index: CollectionIndex, samples: number, stopped: () => boolean = () => false): Promise<number | undefined> {
  let hits = 0;
  for (let done = 0; done < samples; done++) {
    const row = anyRow(index);
    if (stopped() || row === undefined) return undefined;
    const probe = blurred(index.matrix.vector(row));
    const [right] = await index.searchAllGently(probe, 1, () => sleep(REST_MILLISECONDS, !stopped()));
    const [found] = index.search(probe, 1);
    if ((found?.similarity ?? -1) >= (right?.similarity ?? 1)) hits++; // of equal faces either is right
    await turn();
  }
  return hits / samples;
}

function anyRow({ matrix }: CollectionIndex): number | undefined {
  while (matrix.size > 0) {
    const row = Math.floor(Math.random() * matrix.rows);
    if (!matrix.isFree(row)) return row;
  }
  return undefined;
}

/** Half the length in a random direction: normal numbers, each the sum of three even ones. */
function blurred(vector: Float32Array): Float32Array {
  const spread = (2 * BLUR) / Math.sqrt(DIMENSIONS);
  return normalise(vector.map((value) => value + spread * (Math.random() + Math.random() + Math.random() - 1.5)));
}
