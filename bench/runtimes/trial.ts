import { join } from 'node:path';
import { MODELS_DIR } from '../../src/paths.js';
import type { RuntimeName } from '../../src/runtime/candidates.js';
import { type EmbedderContract, readDetectorContract, readEmbedderContract } from '../../src/runtime/contract.js';
import type { Network } from '../../src/runtime/network.js';
import { openNetwork } from '../../src/runtime/open.js';
import type { Box } from '../../src/types.js';
import { Analyser } from '../../src/vision/analyse.js';
import { groupPhotographs } from '../support/pictures.js';
import { type Spread, spread } from '../support/stats.js';
import { serveTrial } from '../support/trial.js';

/** One runtime in a process of its own: what it sees in photographs, and how fast its embedder is. */

export interface TrialInput {
  readonly runtime: RuntimeName;
  /** Faces a pass. */
  readonly batches: readonly number[];
  /** How long each batch size is measured, at least. */
  readonly seconds: number;
  readonly photographs: number;
  readonly detectorSize: number;
  readonly maxFaces: number;
}

export interface Sight {
  readonly box: Box;
  readonly embedding: readonly number[];
}

export interface TrialOutput {
  /** Faces by photograph. */
  readonly seen: readonly (readonly Sight[])[];
  readonly openMs: number;
  /** In the order of `batches`. */
  readonly speeds: readonly Speed[];
}

export interface Speed {
  readonly facesPerSecond: Spread;
  /** Processor time of all threads. Other work on the machine disturbs it much less than the rate. */
  readonly cpuMsAFace: number;
}

serveTrial(async (input: TrialInput): Promise<TrialOutput> => {
  const paths = { detector: join(MODELS_DIR, 'detector.json'), embedder: join(MODELS_DIR, 'embedder.json') };
  const [detector, embedder] = [await readDetectorContract(paths.detector), await readEmbedderContract(paths.embedder)];
  const start = performance.now();
  const find = await openNetwork(input.runtime, paths.detector, detector);
  const embed = await openNetwork(input.runtime, paths.embedder, embedder);
  const openMs = performance.now() - start;
  const parts = { detector: { network: find, settings: detector }, embedder: { network: embed, settings: embedder } };
  const seen = await look(new Analyser(parts, { detector: { size: input.detectorSize }, maxPixels: 50_000_000 }), input);
  const speeds: Speed[] = [];
  for (const batch of input.batches) speeds.push(await speed(embed, embedder, batch, input.seconds));
  await find.close();
  await embed.close();
  return { seen, openMs, speeds };
});

async function look(analyser: Analyser, { photographs, maxFaces }: TrialInput): Promise<Sight[][]> {
  const seen: Sight[][] = [];
  for (const { bytes } of groupPhotographs().slice(0, photographs)) {
    const { faces } = await analyser.analyse({ encoded: bytes }, { minFaceSize: 20, maxFaces, select: 'ALL', wantCrops: false, wantAttention: false });
    seen.push(faces.map(({ box, embedding }) => ({ box, embedding: [...embedding] })));
  }
  return seen;
}

/** Pass after pass; the first, which pay for memory and code, are left out. */
async function speed(network: Network, { input, outputs }: EmbedderContract, batch: number, seconds: number): Promise<Speed> {
  const faces = {
    data: Float32Array.from({ length: batch * 3 * input.height * input.width }, (_, i) => Math.sin(i * i)),
    shape: [batch, 3, input.height, input.width],
  };
  const pass = async (): Promise<number> => {
    const start = performance.now();
    await network.run(faces, [outputs.embedding, outputs.importance]);
    return (1000 * batch) / (performance.now() - start);
  };
  await pass();
  await pass();
  const rates: number[] = [];
  const before = process.cpuUsage();
  for (const end = performance.now() + 1000 * seconds; performance.now() < end || rates.length < 3; ) rates.push(await pass());
  const { user, system } = process.cpuUsage(before);
  return { facesPerSecond: spread(rates), cpuMsAFace: (user + system) / 1000 / (batch * rates.length) };
}
