import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { type Graph, MOST_PACKED_BYTES, NAME } from './graph.js';
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
 * Reads the links of an empty graph whose nodes are the rows of a matrix; their vectors come from elsewhere. Nodes whose label the matrix does not know
 * are left out, links to them too. Throws if a single bit is not as it was written: the graph is worth nothing then.
 */
export function readLinks(file: string, contents: Contents, graph: Graph, matrix: Matrix): void {
  const source = new Source(file);
  try {
    const labels = new Uint32Array(Uint8Array.from(source.take(4 * contents.rows)).buffer);
    const names = namesOf(labels, matrix);
    graph.makeRoom(matrix.rows);
    const table = graph.space.reserve(4 * names.length);
    graph.space.integers(table, names.length).set(names);
    const packed = graph.room(PART_BYTES);
    for (let row = 0; source.left > 0;) {
      const part = source.take(source.takeNumber());
      graph.space.bytes(packed, PART_BYTES).set(part);
      row = takePart(graph, { at: packed, end: packed + part.length, table, names, row });
    }
    if (source.digest() !== contents.sha256) throw new Error('its bytes are damaged');
    graph.settle();
  } finally {
    source.close();
  }
}

/** Which row of the matrix each packed row is now. */
function namesOf(labels: Uint32Array, matrix: Matrix): Uint32Array {
  const names = new Uint32Array(labels.length);
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] as number;
    names[row] = label === 0 ? NAME.unused : matrix.row(label, row) ?? NAME.gone;
  }
  return names;
}

interface Part {
  /** Addresses of the graph's space. */
  readonly at: number;
  readonly end: number;
  /** There too: the names. */
  readonly table: number;
  readonly names: Uint32Array;
  /** The row to go on with. */
  readonly row: number;
}

/** Returns the row to go on with. What it reads may still turn out to be damaged. */
function takePart(graph: Graph, { at, end, table, names, row }: Part): number {
  const count = names.length;
  for (let [from, number] = [at, row]; ;) {
    const next = graph.unpackFlat({ at: from, end, number, names: table, count });
    if (next === undefined) throw new Error('it holds a list that is none');
    if (next.at >= end) return next.number;
    if (next.number >= count) throw new Error('it holds more nodes than labels');
    const [level = 0] = graph.space.integers(next.at, 1);
    const name = names[next.number] as number;
    const bytes = name === NAME.gone ? skipLinks(graph.space.integers(next.at + 4, (end - next.at) / 4 - 1), level)
      : graph.unpack(name, { at: next.at + 4, level, names: table, count });
    if (bytes === 0) throw new Error('it holds a list that is none');
    [from, number] = [next.at + 4 + bytes, next.number + 1];
  }
}

/** The bytes of the lists of a node's levels. */
function skipLinks(words: Int32Array, level: number): number {
  let at = 0;
  for (let l = 0; l <= level && at < words.length; l++) at += 1 + ((words[at] as number) >>> 0);
  return 4 * at;
}

/** A file from its first byte to its last, hashed on the way. */
class Source {
  readonly #fd: number;
  readonly #hash = createHash('sha256');
  /** Used again and again. */
  #room = Buffer.alloc(PART_BYTES);
  #left: number;

  constructor(file: string) {
    this.#left = statSync(file).size;
    this.#fd = openSync(file, 'r');
  }

  get left(): number {
    return this.#left;
  }

  /** Good until the next one is taken. */
  take(bytes: number): Buffer {
    if (bytes > this.#left) throw new Error('it is cut short');
    if (bytes > this.#room.length) this.#room = Buffer.alloc(bytes);
    const taken = this.#room.subarray(0, bytes);
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
