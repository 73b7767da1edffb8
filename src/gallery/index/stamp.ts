import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { putInPlace } from '../files.js';
import type { Contents } from './graph-file.js';

/** To be raised with every change of the file or of how graphs are built. */
const FORMAT = 3;

/** What a saved graph was made from. */
export interface Origin {
  /** sha256 of the embedding network. */
  readonly network: string;
  /** Drawn anew whenever the gallery is opened: it tells a database from its copies and backups. */
  readonly epoch: string;
  /** Transactions of the database when the graph was saved. */
  readonly revision: number;
}

export interface Stamp extends Origin, Contents {
  readonly format: number;
}

export function makeStamp({ network, epoch, revision }: Origin, { rows, count, sha256 }: Contents): Stamp {
  return { format: FORMAT, network, epoch, revision, rows, count, sha256 };
}

/** Says what speaks against a graph by its stamp, or undefined. A graph from an earlier revision is caught up with. */
export function objection(stamp: Stamp, now: Origin): string | undefined {
  if (stamp.format !== FORMAT) return 'it has another format';
  if (stamp.network !== now.network) return 'it was built for another network';
  if (stamp.epoch !== now.epoch) return 'it belongs to another state of the database';
  if (stamp.revision > now.revision) return 'it is newer than the database';
  return undefined;
}

/** The stamp seals itself too. Throws if it is missing or damaged. */
export function readStamp(file: string): Stamp {
  const { seal, ...stamp } = JSON.parse(readFileSync(file, 'utf8')) as Stamp & { seal: string };
  if (seal !== sealOf(stamp)) throw new Error('its stamp is damaged');
  return stamp;
}

export function writeStamp(file: string, stamp: Stamp): void {
  writeFileSync(`${file}.tmp`, `${JSON.stringify({ ...stamp, seal: sealOf(stamp) })}\n`, { mode: 0o600 });
  putInPlace(`${file}.tmp`, file);
}

const sealOf = (stamp: Stamp): string => createHash('sha256').update(JSON.stringify(stamp)).digest('hex');
