import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { Graph, MOST_PACKED_BYTES, NOBODY } from './graph.js';
import type { Matrix } from './matrix.js';

/**
 * The links of a graph in a file, little-endian u32: for each row its label, 0 where no node is; then the nodes by rows, in parts: its length
 * in bytes, then for each node its level, and for each level from 0 the count of its links and the rows they lead to. There are no vectors in it,
 * so nothing of a face is on disk outside the database.
 */
export interface Contents {
  readonly rows: number;
  /** Nodes. */
  readonly count: number;
  /** sha256 over all bytes. */
  readonly sha256: string;
}

const PART_BYTES = 1 << 20;

/** Writes in parts, and searches have their turn between them; the graph must not change until it is done. */
export async function writeGraph(file: string, graph: Graph, matrix: Matrix): Promise<Contents> {
  const hash = createHash('sha256');
  const labels = Uint32Array.from({ length: matrix.rows }, (_, row) => (graph.has(row) ? matrix.label(row) : 0));
  const handle = await open(file, 'w', 0o600);
  try {
    const write = async (bytes: Uint8Array): Promise<void> => {
      hash.update(bytes);
      await handle.writeFile(bytes);
    };
    await write(new Uint8Array(labels.buffer));
    for (const part of parts(graph, labels)) await write(part);
  } finally {
    await handle.close();
  }
  return { rows: labels.length, count: labels.filter((label) => label !== 0).length, sha256: hash.digest('hex') };
}

function* parts(graph: Graph, labels: Uint32Array): Generator<Uint8Array, void, undefined> {
  const room = graph.room(PART_BYTES);
  let bytes = 0;
  for (const [row, label] of labels.entries()) {
    if (label !== 0) bytes += graph.pack(row, room + bytes);
    const full = bytes > PART_BYTES - MOST_PACKED_BYTES || row === labels.length - 1;
    if (!full || bytes === 0) continue;
    yield Buffer.concat([Uint8Array.from(new Uint8Array(Uint32Array.of(bytes).buffer)), graph.space.bytes(room, bytes)]);
    bytes = 0;
  }
}

/**
 * Reads a graph for the rows of a matrix that is loaded: nodes whose label it does not know are left out, links to them too. Throws if a
 * single bit is not as it was written.
 */
export function readGraph(file: string, contents: Contents, matrix: Matrix): Graph {
  const source = new Source(file);
  try {
    const labels = new Uint32Array(new Uint8Array(source.take(4 * contents.rows)).buffer);
    const graph = new Graph();
    const names = Uint32Array.from(labels, (label) => (label === 0 ? NOBODY : matrix.row(label) ?? NOBODY));
    const table = graph.space.reserve(4 * names.length);
    graph.space.integers(table, names.length).set(names);
    const packed = graph.room(PART_BYTES);
    for (let row = 0; source.left > 0;) {
      const part = source.take(source.takeNumber());
      row = takePart(graph, { part, packed, table, labels, names, row }, matrix);
    }
    if (source.digest() !== contents.sha256) throw new Error('its bytes are damaged');
    graph.settle();
    return graph;
  } finally {
    source.close();
  }
}

interface Part {
  readonly part: Buffer;
  readonly packed: number;
  readonly table: number;
  readonly labels: Uint32Array;
  readonly names: Uint32Array;
  /** The row to go on with. */
  readonly row: number;
}

/** Returns the row to go on with. What it reads may still turn out to be damaged. */
function takePart(graph: Graph, { part, packed, table, labels, names, row }: Part, matrix: Matrix): number {
  graph.space.bytes(packed, PART_BYTES).set(part);
  let at = 0;
  for (; at < part.length; row++) {
    if (row >= labels.length) throw new Error('it holds more nodes than labels');
    if (labels[row] === 0) continue;
    const level = part.readUInt32LE(at);
    const name = names[row] as number;
    const links = { at: packed + at + 4, level, names: table, count: names.length };
    const bytes = name === NOBODY ? skipLinks(part, at + 4, level) : graph.unpack(name, matrix.vector(name), links);
    if (bytes === 0) throw new Error('it holds a list that is none');
    at += 4 + bytes;
  }
  return row;
}

function skipLinks(part: Buffer, from: number, level: number): number {
  let at = from;
  for (let l = 0; l <= level; l++) at += 4 + 4 * part.readUInt32LE(at);
  return at - from;
}

/** A file from its first byte to its last, hashed on the way. */
class Source {
  readonly #fd: number;
  readonly #hash = createHash('sha256');
  #left: number;

  constructor(file: string) {
    this.#left = statSync(file).size;
    this.#fd = openSync(file, 'r');
  }

  get left(): number {
    return this.#left;
  }

  take(bytes: number): Buffer {
    if (bytes > this.#left) throw new Error('it is cut short');
    const taken = Buffer.allocUnsafe(bytes);
    for (let got = 0; got < bytes;) {
      const some = readSync(this.#fd, taken, got, bytes - got, null);
      if (some === 0) throw new Error('it is cut short');
      got += some;
    }
    this.#hash.update(taken);
    this.#left -= bytes;
    return taken;
  }

  takeNumber(): number {
    const number = this.take(4).readUInt32LE();
    if (number > PART_BYTES) throw new Error('it holds a part that is too long');
    return number;
  }

  digest(): string {
    return this.#hash.digest('hex');
  }

  close(): void {
    closeSync(this.#fd);
  }
}
