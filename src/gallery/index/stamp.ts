import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { putInPlace } from '../files.js';
import { GRAPH_PARAMETERS } from './graph.js';

const FORMAT = 1;

/** What a saved graph was made from. */
export interface Origin {
  /** sha256 of the embedding network. */
  readonly network: string;
  /** Drawn anew whenever the gallery is opened: it tells a database from its copies and backups. */
  readonly epoch: string;
  /** Transactions of the database when the graph was saved. */
  readonly revision: number;
}

export interface Stamp extends Origin {
  readonly format: number;
  readonly m: number;
  readonly efConstruction: number;
  /** Labels in the graph, tombstones included, and the highest of them. */
  readonly count: number;
  readonly lastLabel: number;
  /** sha256 over all bytes of the graph's file. */
  readonly sha256: string;
}

export function makeStamp(origin: Origin, labels: readonly number[], sha256: string): Stamp {
  const { network, epoch, revision } = origin;
  const { m, efConstruction } = GRAPH_PARAMETERS;
  return { format: FORMAT, network, epoch, revision, m, efConstruction, count: labels.length, lastLabel: highest(labels), sha256 };
}

/** Says what speaks against a graph by its stamp, or undefined. A graph from an earlier revision is caught up with. */
export function objection(stamp: Stamp, now: Origin): string | undefined {
  const { m, efConstruction } = GRAPH_PARAMETERS;
  if (stamp.format !== FORMAT) return 'it has another format';
  if (stamp.m !== m || stamp.efConstruction !== efConstruction) return 'it was built with other parameters';
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

export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

export function highest(labels: readonly number[]): number {
  return labels.reduce((most, label) => Math.max(most, label), 0);
}

const sealOf = (stamp: Stamp): string => createHash('sha256').update(JSON.stringify(stamp)).digest('hex');
