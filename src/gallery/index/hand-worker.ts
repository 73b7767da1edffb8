/** Links the nodes it is given, one handful after the other, until it is terminated. */
import { workerData } from 'node:worker_threads';
import { graphKernels } from '../../simd/graph-space.js';
import { VECTOR_BYTES } from '../vectors.js';
import { BUILD_BREADTH } from './graph.js';
import { STATE, WORD, type HandData } from './hand.js';

const { memory, scratch, vectors, words, rows } = workerData as HandData;
const kernels = graphKernels(memory);

for (;;) {
  Atomics.wait(words, WORD.state, STATE.idle);
  try {
    const count = Atomics.load(words, WORD.count);
    for (let done = 0; done < count && Atomics.load(words, WORD.halt) === 0; done++) {
      kernels.link(scratch, rows[done] as number, vectors + done * VECTOR_BYTES, BUILD_BREADTH);
      Atomics.store(words, WORD.done, done + 1);
    }
  } catch {
    Atomics.store(words, WORD.failed, 1);
  }
  Atomics.store(words, WORD.state, STATE.idle);
  Atomics.notify(words, WORD.state);
}
