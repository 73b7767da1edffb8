import { SHARED_KERNELS } from '../generated/shared-kernels.js';
import { kernelsOn, Space, type VectorKernels } from './workspace.js';

const module = new WebAssembly.Module(Buffer.from(SHARED_KERNELS, 'base64'));

/** A space for vectors that other threads may fill. */
export class VectorSpace extends Space<VectorKernels> {
  constructor() {
    super(module, true);
  }
}

/** The kernels for the vectors of another thread. */
export const vectorKernels = (memory: WebAssembly.Memory): VectorKernels => kernelsOn(module, memory) as VectorKernels;
