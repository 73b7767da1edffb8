import type { Provider, RuntimeName } from './candidates.js';
import type { NetworkFile } from './file.js';
import type { Network } from './network.js';
import type { Backend } from './tfjs/backend.js';

/** Opens the network that a contract beside it describes on a runtime. Only that runtime's packages are loaded. Throws what its adapter throws. */
export async function openNetwork(runtime: RuntimeName, contractPath: string, contract: NetworkFile): Promise<Network> {
  if (runtime.startsWith('onnx-')) {
    const { openOnnx } = await import('./onnx.js');
    return openOnnx(contractPath, contract, runtime.slice('onnx-'.length) as Provider);
  }
  const { openTfjs } = await import('./tfjs/network.js');
  return openTfjs(contractPath, contract, runtime as Backend);
}
