import { GraphSpace, type GraphKernels } from '../../simd/graph-space.js';
import { Region } from '../../simd/workspace.js';
import { DIMENSIONS } from '../vectors.js';

/** How many neighbours are looked at before a new node is linked to the best of them; changes what a graph is worth, as the kernels' constants do. */
export const BUILD_BREADTH = 160;
/** Widest search. */
export const MOST_BREADTH = 4_096;
/** How far those who link to a removed node are looked for. */
const REPAIR_BREADTH = 96;
/** One node in so many is also on the next level up. */
const LEVEL_RATIO = 16;
const MOST_LEVEL = 7;

// The layout of assembly/graph.ts.
const HEADER = { at: 64, blocks: 128, end: 128 + 4 * 2_048 } as const;
const NODE = { codes: 128, bytes: 256, sketch: 32, state: 0, level: 4, upper: 8 } as const;
const NODES_A_BLOCK = 4_096;
const UPPER_BYTES = 100;
const SCRATCH = { visited: 0, epoch: 4, visitedBytes: 8, pool: 5_632 } as const;
const STATE = { unused: 0, free: 1, linked: 2 } as const;
/** In a table of names: who was packed under a number is gone, or nobody was. */
export const NAME = { gone: 0xffff_ffff, unused: 0xffff_fffe } as const;
/** Of one node's links, packed: each level's list at its longest. */
export const MOST_PACKED_BYTES = 4 + 4 * 49 + MOST_LEVEL * UPPER_BYTES;

/** A node that was proposed. */
export interface Neighbour {
  readonly node: number;
  /** Its cosine with the probe as far as its codes tell: off by 0.007 (root mean square), whatever the vectors. */
  readonly cosine: number;
}

/** So many of them, as the kernels' `near` writes them. */
export function neighboursAt(space: GraphSpace, address: number, count: number): Neighbour[] {
  const [nodes, cosines] = [space.integers(address, 2 * count), space.floats(address, 2 * count)];
  return Array.from({ length: count }, (_, i) => ({ node: nodes[2 * i] as number, cosine: cosines[2 * i + 1] as number }));
}

/** From node to node: see `near`. */
export interface Walk {
  readonly breadth: number;
  readonly wanted?: number;
  readonly patience?: number;
}

/** Over all nodes: so many that seem nearest by their signs are weighed, and of so many of these the codes are looked at. */
export interface Skim {
  readonly alike: number;
  readonly looked: number;
}

export type Search = Walk | Skim;

/** Where to look, on any thread. */
export interface Field {
  readonly scratch: number;
  /** One more than the highest there can be, and how many of them are not there. */
  readonly nodes: number;
  readonly dead: number;
  /** For what is found. */
  readonly out: number;
}

/** Up to `count` nodes near what the scratch was aimed at, best first. Returns how many. */
export function propose(kernels: GraphKernels, { scratch, nodes, dead, out }: Field, count: number, search: Search): number {
  if ('looked' in search) return kernels.skim(scratch, count, nodes, dead, search.alike, search.looked, out);
  const { breadth, wanted = 0, patience = 0xffff_ffff } = search;
  return kernels.near(scratch, count, Math.min(MOST_BREADTH, Math.max(count, breadth)), wanted, patience, out);
}

/**
 * An HNSW graph over the rows of a matrix, or the same nodes without links: a node is the row's number. It only proposes neighbours: it keeps four bits of each number, and
 * similarities come from the matrix. A removed node leaves nothing behind but its place, which the next vector of that row takes.
 */
export class Graph {
  readonly space = new GraphSpace();
  readonly #scratch: number;
  /** Of every thread that works on it. */
  readonly #scratches: number[];
  readonly #vector: number;
  readonly #found: number;
  readonly #room = new Region(this.space);
  /** All that is reserved for nodes, in two views. */
  #words: Int32Array;
  #floats: Float32Array;
  #blocks = 0;
  #size = 0;
  #draws = 0;

  /** @param links without them it can only be skimmed */
  constructor(readonly links = true) {
    this.space.reserve(HEADER.end - HEADER.at);
    this.#scratch = this.space.reserve(SCRATCH.pool + 8 * (MOST_BREADTH + 1));
    this.#scratches = [this.#scratch];
    this.#vector = this.space.reserve(4 * DIMENSIONS);
    this.#found = this.space.reserve(8 * MOST_BREADTH);
    this.#words = this.space.words();
    this.#floats = new Float32Array(this.#words.buffer);
    this.#word(HEADER.at, NAME.gone);
  }

  /** Linked nodes. */
  get size(): number {
    return this.#size;
  }

  /** One more than the highest number a node can have now. */
  get nodes(): number {
    return this.#blocks * NODES_A_BLOCK;
  }

  has(node: number): boolean {
    return node < this.nodes && this.#read(this.#at(node) + NODE.state) === STATE.linked;
  }

  add(node: number, vector: Float32Array): void {
    this.prepare(node);
    if (this.links) {
      this.#floats.set(vector, this.#vector / 4);
      this.space.kernels.link(this.#scratch, node, this.#vector, BUILD_BREADTH);
    } else this.place(node, vector);
    this.linked(node);
  }

  /** The first step of `add`: a place for the node, of this level if it is a new one. */
  prepare(node: number, level?: number): void {
    this.makeRoom(node + 1);
    const at = this.#at(node);
    if (this.#read(at + NODE.state) === STATE.unused) this.#raise(at, level ?? (this.links ? this.#drawLevel() : 0));
  }

  /** The last step, when the kernels have linked it if it is to have links. */
  linked(node: number): void {
    this.#setState(node, STATE.linked);
    this.#size++;
  }

  /** The address of a scratch for another thread. While that works, no node may be removed and the graph not grow. */
  hire(): number {
    const scratch = this.#reserve(SCRATCH.pool + 8 * (MOST_BREADTH + 1));
    this.#scratches.push(scratch);
    this.#makeVisitable(scratch);
    return scratch;
  }

  /** Overwrites its vector and mends the graph around it. */
  remove(node: number): void {
    if (!this.has(node)) return;
    this.#setState(node, STATE.free);
    this.#size--;
    this.space.kernels.unlink(this.#scratch, node, REPAIR_BREADTH, this.nodes);
  }

  /**
   * Up to `count` nodes near a probe of unit length, best first. Of a walk, `breadth` is how many are held in view on the way there; one that has a `patience` ends when it
   * has followed so many nodes without a new one among the nearest `wanted`.
   */
  near(probe: Float32Array, count: number, search: Search): Neighbour[] {
    this.space.floats(this.#vector, DIMENSIONS).set(probe);
    this.space.kernels.aim(this.#scratch, this.#vector);
    return neighboursAt(this.space, this.#found, propose(this.space.kernels, { scratch: this.#scratch, nodes: this.nodes, dead: this.nodes - this.#size, out: this.#found }, count, search));
  }

  /** The address of room for `bytes` in `space`; whoever asks next gets the same. */
  room(bytes: number): number {
    return this.#room.room(bytes);
  }

  /** Writes a linked node's level and links at an address of `space`; returns the bytes. */
  pack(node: number, to: number): number {
    return this.space.kernels.pack(node, to);
  }

  /** Makes places for nodes of lower numbers than this, so that other threads can give them their vectors. */
  makeRoom(nodes: number): void {
    while (nodes > this.nodes) this.#grow();
  }

  /** Gives a node its vector, which is of unit length. */
  place(node: number, vector: Float32Array): void {
    this.#floats.set(vector, this.#vector / 4);
    this.space.kernels.place(node, this.#vector);
  }

  /** Takes a node back with the links that `pack` wrote; see `unpack` of the kernels. `place` may come before or after, `settle` has to follow. */
  unpack(node: number, packed: { readonly at: number; readonly level: number; readonly names: number; readonly count: number }): number {
    this.prepare(node, packed.level);
    this.#setState(node, STATE.linked);
    this.#size++;
    return this.space.kernels.unpack(node, packed.at, packed.names, packed.count);
  }

  /** The same for a row of nodes that have one level only, for which there is room; undefined if they are none. See `unpackFlat` of the kernels. */
  unpackFlat({ at, end, number, names, count }: { readonly at: number; readonly end: number; readonly number: number; readonly names: number; readonly count: number }): { at: number; number: number } | undefined {
    const cursor = this.space.integers(this.#found, 3);
    cursor.set([at, number, 0]);
    if (this.space.kernels.unpackFlat(this.#found, end, names, count) === 0) return undefined;
    const [nextAt = 0, next = 0, taken = 0] = cursor;
    this.#size += taken;
    return { at: nextAt >>> 0, number: next };
  }

  settle(): void {
    this.space.kernels.enterAtTheTop(this.nodes);
  }

  /** A place keeps its level for good. */
  #raise(at: number, level: number): void {
    if (level > MOST_LEVEL) throw new RangeError(`a node of level ${level}`);
    this.#word(at + NODE.level, level);
    if (level > 0) this.#word(at + NODE.upper, this.#reserve(level * UPPER_BYTES));
    this.#word(at + NODE.state, STATE.free);
  }

  /** The same for every graph, so that builds repeat; spread evenly by the golden ratio, so that no luck is needed. */
  #drawLevel(): number {
    const share = (++this.#draws * 0.618_033_988_749_894_8) % 1;
    return Math.min(MOST_LEVEL, Math.floor(-Math.log(1 - share) / Math.log(LEVEL_RATIO)));
  }

  #grow(): void {
    const block = this.#reserve(NODES_A_BLOCK * (NODE.codes + NODE.bytes + NODE.sketch));
    this.#word(HEADER.blocks + 4 * this.#blocks, block);
    this.#blocks++;
    for (const scratch of this.#scratches) this.#makeVisitable(scratch);
  }

  #makeVisitable(scratch: number): void {
    if (this.nodes <= this.#read(scratch + SCRATCH.visitedBytes)) return;
    const visitable = 2 * this.nodes;
    this.#word(scratch + SCRATCH.visited, this.#reserve(visitable));
    this.#word(scratch + SCRATCH.visitedBytes, visitable);
    this.#word(scratch + SCRATCH.epoch, 0);
  }

  #at(node: number): number {
    return this.#read(HEADER.blocks + 4 * Math.floor(node / NODES_A_BLOCK)) + NODES_A_BLOCK * NODE.codes + (node % NODES_A_BLOCK) * NODE.bytes;
  }

  #setState(node: number, state: number): void {
    this.#word(this.#at(node) + NODE.state, state);
  }

  #reserve(bytes: number): number {
    const address = this.space.reserve(bytes);
    this.#words = this.space.words();
    this.#floats = new Float32Array(this.#words.buffer);
    return address;
  }

  #read(address: number): number {
    return (this.#words[address / 4] as number) >>> 0;
  }

  #word(address: number, value: number): void {
    this.#words[address / 4] = value;
  }
}
