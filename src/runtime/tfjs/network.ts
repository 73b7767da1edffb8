import type { Tensor as TfTensor } from '@tensorflow/tfjs-core';
import { GlimpseError } from '../../errors.js';
import { checkInput, type NetworkFile, readVerified, runtimeUnusable, unusable, type VerifiedFile } from '../file.js';
import type { Network, Tensor } from '../network.js';
import { type Backend, loadBackend, type Tf } from './backend.js';
import { layOut, plain } from './layout.js';
import { type Model, readModel, Unsupported } from './model.js';
import { Plan } from './plan.js';

/**
 * Opens the network that a contract beside it describes, to be run by TF.js. Throws GlimpseError `precondition` when the file is missing,
 * is not the one the contract names, is no ONNX network, or uses an operator that is not known here; `unavailable` when the backend is.
 */
export async function openTfjs(contractPath: string, contract: NetworkFile, backend: Backend): Promise<Network> {
  const file = await readVerified(contractPath, contract);
  const tf = await load(backend);
  return understood(file, () => {
    const model = readModel(file.bytes);
    checkInput(file.path, contract, model.inputs);
    return new TfjsNetwork(tf, model);
  });
}

class TfjsNetwork implements Network {
  private readonly plan: Plan;

  constructor(
    private readonly tf: Tf,
    model: Model,
  ) {
    this.plan = new Plan(tf, model);
  }

  async run(input: Tensor, outputs: readonly string[]): Promise<Tensor[]> {
    const { tf } = this;
    const found = this.plan.run(tf.tidy(() => layOut(tf, tf.tensor(input.data, [...input.shape]))), outputs);
    return Promise.all(found.map((value) => this.taken(value)));
  }

  close(): Promise<void> {
    this.plan.dispose();
    return Promise.resolve();
  }

  /** Out of TF.js's memory into the caller's. */
  private async taken(value: TfTensor): Promise<Tensor> {
    const result = this.tf.tidy(() => plain(this.tf, value));
    const data = (await result.data()) as Float32Array;
    result.dispose();
    value.dispose();
    return { data, shape: result.shape };
  }
}

async function load(backend: Backend): Promise<Tf> {
  try {
    return await loadBackend(backend);
  } catch (cause) {
    throw runtimeUnusable(backend, cause);
  }
}

function understood<T>({ path }: VerifiedFile, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof GlimpseError) throw cause;
    const why = (cause as Error).message;
    if (!(cause instanceof Unsupported)) throw unusable('MODEL_UNREADABLE', `${path} cannot be loaded as an ONNX network: ${why}`, cause);
    throw new GlimpseError('precondition', `${path} needs ${why}, which TF.js does not run here`, { reason: 'MODEL_UNSUPPORTED', cure: 'run it with --runtime onnx' });
  }
}
