import { SETTINGS } from '../../src/config.js';
import { openNetworks } from '../../src/pipeline/networks.js';
import type { Network, Tensor } from '../../src/runtime/network.js';
import { openOnnx } from '../../src/runtime/onnx.js';
import { Analyser } from '../../src/vision/analyse.js';
import type { Picture } from '../support/pictures.js';
import { openPlain } from './plain.js';

/** What one picture makes of the networks' time. */
export interface Replay {
  readonly faces: number;
  detect(): Promise<unknown>;
  embed(): Promise<unknown>;
}

/**
 * Lets the production code look at each picture once and writes down what it feeds its networks: the same tensors in the same batches,
 * the same outputs asked for. Replaying them costs the networks' time and nothing else. The settings are the server's defaults.
 * @param plain replays through ONNX Runtime with the files as they are; else through the production runtime, which prepares them
 */
export async function record(modelsDir: string, pictures: readonly Picture[], plain: boolean): Promise<Replay[]> {
  const parts = await openNetworks(modelsDir, async (_, path, contract) => new Recorder(await (plain ? openPlain : openOnnx)(path, contract)));
  const analyser = new Analyser(parts, { detector: { size: SETTINGS.detectorSize.fallback }, maxPixels: SETTINGS.maxPixels.fallback });
  const options = {
    minFaceSize: SETTINGS.minFaceSize.fallback,
    maxFaces: SETTINGS.maxFaces.fallback,
    select: 'ALL',
    wantCrops: false,
    wantAttention: false,
  } as const;
  const replays: Replay[] = [];
  for (const { bytes } of pictures) {
    const { faces } = await analyser.analyse({ encoded: bytes }, options);
    const [detect, embed] = [parts.detector.network.take(), parts.embedder.network.take()];
    replays.push({ faces: faces.length, detect, embed });
  }
  return replays;
}

/** Runs the real network and remembers what it was asked. */
class Recorder implements Pick<Network, 'run'> {
  private passes: { readonly input: Tensor; readonly outputs: readonly string[] }[] = [];

  constructor(private readonly network: Network) {}

  run({ data, shape }: Tensor, outputs: readonly string[]): Promise<Tensor[]> {
    this.passes.push({ input: { data: data.slice(), shape }, outputs });
    return this.network.run({ data, shape }, outputs);
  }

  /** Everything since the last `take`, to be run again. */
  take(): () => Promise<void> {
    const { passes } = this;
    this.passes = [];
    return async () => {
      for (const { input, outputs } of passes) await this.network.run(input, outputs);
    };
  }
}
