import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readDetectorContract, readEmbedderContract, type EmbedderContract } from './contract.js';

/** sha256 (hex) of all that decides what a face looks like and how alike is alike: the networks, and the embedder's contract. */
export interface Fingerprint {
  readonly detector: string;
  readonly embedder: string;
  readonly contract: string;
}

/** The networks of a folder by what their contracts say. */
export async function fingerprint(modelsDir: string): Promise<Fingerprint & Pick<EmbedderContract, 'thresholds' | 'calibration'>> {
  const path = join(modelsDir, 'embedder.json');
  const [detector, embedder, text] = await Promise.all([readDetectorContract(join(modelsDir, 'detector.json')), readEmbedderContract(path), readFile(path)]);
  const contract = createHash('sha256').update(text).digest('hex');
  return { detector: detector.sha256, embedder: embedder.sha256, contract, thresholds: embedder.thresholds, ...(embedder.calibration && { calibration: embedder.calibration }) };
}
