import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { GlimpseError } from '../errors.js';
import type { Network, Tensor } from './network.js';

/**
 * One thread a session: two worker threads of one thread each embed 178 faces/s where one session of two threads embeds 147. Neither
 * the memory pattern nor the arena made a difference to either network. Denormals are the exporter's care (it flushes weights that are
 * as good as zero): the option against them, session.set_denormal_as_zero, holds for the first thread of a process alone.
 */
const OPTIONS: ort.InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
};

/**
 * Opens the network that a contract beside it describes. Throws GlimpseError `precondition` when the file is missing, is not the one
 * the contract names (its sha256 differs: truncated, damaged, or another version), or cannot be loaded.
 */
export async function openOnnx(contractPath: string, contract: OnnxFile): Promise<Network> {
  const path = join(dirname(contractPath), contract.file);
  return new OnnxNetwork(await load(path, await readVerified(path, contract.sha256)), contract.input.name);
}

interface OnnxFile {
  readonly file: string;
  readonly sha256: string;
  readonly input: { readonly name: string };
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

async function readVerified(path: string, sha256: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw unusable('MODEL_MISSING', `${path} cannot be read`, cause);
  }
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) {
    throw unusable('MODEL_MISMATCH', `${path} is not the network its contract names: sha256 ${found}, expected ${sha256}`);
  }
  return bytes;
}

async function load(path: string, bytes: Uint8Array): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(bytes, OPTIONS);
  } catch (cause) {
    throw unusable('MODEL_UNREADABLE', `${path} cannot be loaded as an ONNX network`, cause);
  }
}

function unusable(reason: string, message: string, cause?: unknown): GlimpseError {
  return new GlimpseError('precondition', message, { reason, cure: 'restore the network and its contract from the same release' }, cause);
}
