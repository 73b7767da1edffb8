import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { type NetworkFile, readVerified } from '../../src/runtime/file.js';
import type { Network, Tensor } from '../../src/runtime/network.js';

/** ONNX Runtime with the file as it is, one thread, and nothing of ours around it: the ceiling that the service is held against. */
export async function openPlain(contractPath: string, contract: NetworkFile): Promise<Network> {
  const { bytes } = await readVerified(contractPath, contract);
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 });
  return {
    run: async (input: Tensor, outputs: readonly string[]) => {
      const found = await session.run({ [contract.input.name]: new OrtTensor('float32', input.data, input.shape) }, outputs);
      return outputs.map((name) => ({ data: found[name]?.data as Float32Array, shape: found[name]?.dims ?? [] }));
    },
    close: () => session.release(),
  };
}
