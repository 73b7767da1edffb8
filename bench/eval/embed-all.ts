import type { Embeddings } from './columns.js';
import { workThrough } from './crew.js';
import { type EmbedWork, lengthOf } from './embed-worker.js';

interface Job extends Omit<EmbedWork, 'vectors'> {
  /** Which pictures of the pack; the others' vectors stay 0. */
  readonly pictures: readonly number[];
  /** Pictures in the pack. */
  readonly count: number;
  readonly onProgress: (done: number, total: number) => void;
}

/** Every variant of the pictures through the network; `dimensions` of what comes back counts all outputs. */
export async function embedAll({ pictures, count, onProgress, ...work }: Job): Promise<Embeddings> {
  const dimensions = lengthOf(work.outputs);
  const vectors = new SharedArrayBuffer(count * work.variants.length * dimensions * Float32Array.BYTES_PER_ELEMENT);
  let done = 0;
  await workThrough<number>({
    module: new URL('./embed-worker.js', import.meta.url),
    workerData: { ...work, vectors } satisfies EmbedWork,
    items: pictures,
    onResult: () => onProgress(++done, pictures.length),
  });
  return { vectors: new Float32Array(vectors), dimensions, variants: work.variants.length };
}
