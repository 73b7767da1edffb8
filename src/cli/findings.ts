import { join } from 'node:path';
import type { Finding } from '../gallery/verify/verify.js';
import { textPairs } from './table.js';

/** sha256 of the network that this release, or another `--models-dir`, embeds with. */
export async function networkOf(modelsDir: string): Promise<string> {
  const { readEmbedderContract } = await import('../runtime/contract.js');
  return (await readEmbedderContract(join(modelsDir, 'embedder.json'))).sha256;
}

export const isSound = (findings: readonly Finding[]): boolean => findings.every(({ problems }) => problems.length === 0);

/** A line a check, and below it what is wrong. */
export function findingsText(findings: readonly Finding[]): string {
  return textPairs(findings.flatMap(({ check, checked, problems, recall }) => {
    const seen = `${checked} looked at${recall === undefined ? '' : `, recall ${recall.toFixed(4)}`}`;
    const verdict = problems.length === 0 ? `sound (${seen})` : `DAMAGED (${seen})`;
    return [[check, verdict] as const, ...problems.map((problem) => ['', problem] as const)];
  }));
}
