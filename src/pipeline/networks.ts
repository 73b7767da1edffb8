import { join } from 'node:path';
import { type DetectorContract, type EmbedderContract, readDetectorContract, readEmbedderContract } from '../runtime/contract.js';
import type { NetworkFile } from '../runtime/file.js';
import type { Network } from '../runtime/network.js';
import type { NetworkName } from './lane-messages.js';

/** Both networks with their contracts, as `Analyser` wants them. */
export interface OpenNetworks<N> {
  readonly detector: { readonly network: N; readonly settings: DetectorContract };
  readonly embedder: { readonly network: N; readonly settings: EmbedderContract };
}

/** Reads both contracts of a folder and opens what they describe. Throws GlimpseErrors as reading a contract and opening a network do. */
export async function openNetworks<N extends Pick<Network, 'run'>>(
  modelsDir: string,
  open: (name: NetworkName, contractPath: string, contract: NetworkFile) => Promise<N> | N,
): Promise<OpenNetworks<N>> {
  const [detectorPath, embedderPath] = [join(modelsDir, 'detector.json'), join(modelsDir, 'embedder.json')];
  const detector = await readDetectorContract(detectorPath);
  const embedder = await readEmbedderContract(embedderPath);
  return {
    detector: { network: await open('detector', detectorPath, detector), settings: detector },
    embedder: { network: await open('embedder', embedderPath, embedder), settings: embedder },
  };
}
