/** Searches a graph for the probes it is given, from the last to the first that the caller has not taken yet, until it is terminated. */
import { workerData } from 'node:worker_threads';
import { graphKernels } from '../../simd/graph-space.js';
import { VECTOR_BYTES } from '../vectors.js';
import { propose } from './graph.js';
import { CLAIM, fromWords, MOST_PROPOSED, STATE, WALK, type WalkerData } from './walker.js';

const { memory, scratch, probes, proposed, words } = workerData as WalkerData;
const kernels = graphKernels(memory);

for (;;) {
  Atomics.wait(words, WALK.state, STATE.idle);
  if (Atomics.compareExchange(words, WALK.state, STATE.called, STATE.busy) !== STATE.called) continue; // the call was revoked
  try {
    for (let place = Atomics.load(words, WALK.probes) - 1; place >= 0 && claim(place); place--) answer(place);
  } finally {
    Atomics.store(words, WALK.state, STATE.idle);
    Atomics.notify(words, WALK.state);
  }
}

function claim(place: number): boolean {
  return Atomics.compareExchange(words, WALK.claims + place, CLAIM.nobody, CLAIM.walker) === CLAIM.nobody;
}

function answer(place: number): void {
  const [nodes = 0, dead = 0, count = 0] = words.subarray(WALK.nodes);
  kernels.aim(scratch, probes + place * VECTOR_BYTES);
  Atomics.store(words, WALK.found + place, propose(kernels, { scratch, nodes, dead, out: proposed + place * 8 * MOST_PROPOSED }, count, fromWords(words.subarray(WALK.search))));
  Atomics.compareExchange(words, WALK.claims + place, CLAIM.walker, CLAIM.found); // unless the caller did not want to wait
}
