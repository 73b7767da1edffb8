import * as ort from 'onnxruntime-node';
import type { Provider } from './candidates.js';
import { checkInput, type NetworkFile, readVerified, runtimeUnusable, unusable, type VerifiedFile } from './file.js';
import type { Network, Tensor } from './network.js';
import { withoutPRelu } from './prelu.js';

/**
 * One thread a session, unless asked for more: two worker threads of one thread each embed 178 faces/s where one session of two threads embeds 147. Neither
 * the memory pattern nor the arena made a difference to either network. Denormals are the exporter's care (it flushes weights that are
 * as good as zero): the option against them, session.set_denormal_as_zero, holds for the first thread of a process alone.
 */
const OPTIONS: ort.InferenceSession.SessionOptions = {
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
};

/**
 * Opens the network that a contract beside it describes. Throws GlimpseError `precondition` when the file is missing, is not the one
 * the contract names, or cannot be loaded; `unavailable` when the provider cannot be used here.
 */
export async function openOnnx(contractPath: string, contract: NetworkFile, provider: Provider = 'cpu', threads = 1): Promise<Network> {
  const file = await readVerified(contractPath, contract);
  const session = await load(file, provider, threads);
  checkInput(file.path, contract, session.inputNames);
  return new OnnxNetwork(session, contract.input.name);
}

class OnnxNetwork implements Network {
  constructor(
    private readonly session: ort.InferenceSession,
    private readonly input: string,
  ) {}

  async run(input: Tensor, outputs: readonly string[]): Promise<Tensor[]> {
    const feed = { [this.input]: new ort.Tensor('float32', input.data, input.shape) };
    const found = await this.session.run(feed, outputs);
    return outputs.map((name) => {
      const tensor = found[name];
      if (tensor === undefined) throw new Error(`the network has no output ${name}`);
      return { data: tensor.data as Float32Array, shape: tensor.dims };
    });
  }

  async close(): Promise<void> {
    await this.session.release();
  }
}

/** Threads that wait for work by spinning would take the cores of those that decode. */
const several = (threads: number): ort.InferenceSession.SessionOptions => ({
  intraOpNumThreads: threads,
  ...(threads > 1 && { extra: { session: { intra_op: { allow_spinning: '0' } } } }),
});

async function load({ path, bytes }: VerifiedFile, provider: Provider, threads: number): Promise<ort.InferenceSession> {
  try {
    const network = provider === 'cpu' ? withoutPRelu(bytes) : bytes;
    return await ort.InferenceSession.create(network, { ...OPTIONS, ...several(threads), executionProviders: [provider] });
  } catch (cause) {
    if (provider === 'cpu') throw unusable('MODEL_UNREADABLE', `${path} cannot be loaded as an ONNX network`, cause);
    throw runtimeUnusable(`onnx-${provider}`, cause);
  }
}
