import type { Provider, RuntimeName } from './candidates.js';
import type { NetworkFile } from './file.js';
import type { Network } from './network.js';
import type { Backend } from './tfjs/backend.js';

/**
 * Opens the network that a contract beside it describes on a runtime. Only that runtime's packages are loaded. `threads`: how many ONNX Runtime
 * computes a pass with on a CPU; TensorFlow takes all cores, whatever is said. Throws what its adapter throws.
 */
export async function openNetwork(runtime: RuntimeName, contractPath: string, contract: NetworkFile, threads = 1): Promise<Network> {
  if (runtime.startsWith('onnx-')) {
    const { openOnnx } = await import('./onnx.js');
    return openOnnx(contractPath, contract, runtime.slice('onnx-'.length) as Provider, threads);
  }
  const { openTfjs } = await import('./tfjs/network.js');
  return openTfjs(contractPath, contract, runtime as Backend);
}
