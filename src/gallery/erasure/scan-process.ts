import type { Needle } from './needle.js';
import { scanFolder, type Scan } from './scan.js';

/** A process of its own reads the files of a gallery that another one has open. It is asked once. */
export interface ScanOrder {
  readonly dir: string;
  readonly needles: readonly Needle[];
}

export type ScanReply = { readonly scan: Scan } | { readonly failure: string };

process.once('message', (order: ScanOrder) => void reply(order));

async function reply({ dir, needles }: ScanOrder): Promise<void> {
  const answer: ScanReply = await scanFolder(dir, needles).then((scan) => ({ scan }), (error: unknown) => ({ failure: String(error) }));
  process.send?.(answer, () => process.disconnect());
}
