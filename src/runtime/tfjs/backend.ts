import { createRequire } from 'node:module';
import type * as Core from '@tensorflow/tfjs-core';

/** TF.js's own interface, from whichever package brings it. */
export type Tf = typeof Core;

/** What can compute, by the name that `glimpse doctor` gives it. */
export type Backend = 'tfjs-node-gpu' | 'tfjs-node' | 'tfjs-wasm' | 'tfjs-cpu';

/** The packages of a backend, in the order in which they are loaded, and the name under which TF.js knows it. */
export const BACKENDS: Readonly<Record<Backend, { readonly packages: readonly [string, ...string[]]; readonly registered: string }>> = {
  'tfjs-node-gpu': { packages: ['@tensorflow/tfjs-node-gpu'], registered: 'tensorflow' },
  'tfjs-node': { packages: ['@tensorflow/tfjs-node'], registered: 'tensorflow' },
  'tfjs-wasm': { packages: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm'], registered: 'wasm' },
  'tfjs-cpu': { packages: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu'], registered: 'cpu' },
};

const require = createRequire(import.meta.url);

/** The package for GPUs computes on the CPU, with a remark, where it finds none: slower than the others, and not what was asked for. */
const usesGpu = (tf: Tf): boolean => (tf.backend() as { readonly isUsingGpuDevice?: boolean }).isUsingGpuDevice === true;

/** One backend a thread: opening another one turns the whole thread to it. Throws a plain Error when a package is missing or does not work here. */
export async function loadBackend(backend: Backend): Promise<Tf> {
  const { packages, registered } = BACKENDS[backend];
  // The packages are optional: they are asked for by name, when they are wanted. Each is CommonJS and shares the first one's registry.
  const [tf] = packages.map((name) => require(name) as Tf) as [Tf];
  tf.enableProdMode(); // no advice on the console, no checks of shapes that the contract has checked
  if (!(await tf.setBackend(registered))) throw new Error(`TF.js cannot start its backend ${registered}`);
  if (backend === 'tfjs-node-gpu' && !usesGpu(tf)) throw new Error('TensorFlow finds no GPU that it can use');
  return tf;
}
