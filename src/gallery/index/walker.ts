import { Worker } from 'node:worker_threads';
import { VECTOR_BYTES } from '../vectors.js';
import { type Graph, type Neighbour, neighboursAt, type Search } from './graph.js';

/** Probes of a frame that are shared at a time. */
export const MOST_SHARED = 32;
/** Nodes that are proposed for one. */
export const MOST_PROPOSED = 1_024;
/** Places in the words that both threads share, and what stands there: for each probe whose it is, then how many nodes were found for it. */
export const WALK = { state: 0, probes: 1, nodes: 2, dead: 3, count: 4, search: 5, claims: 16, found: 16 + MOST_SHARED, words: 16 + 2 * MOST_SHARED } as const;
/** Called is from when it was given probes to when it has noticed. */
export const STATE = { idle: 0, called: 1, busy: 2 } as const;
export const CLAIM = { nobody: 0, walker: 1, found: 2, caller: 3 } as const;

export interface WalkerData {
  readonly memory: WebAssembly.Memory;
  /** Addresses there that this thread alone writes to, but for the probes: one after the other. */
  readonly scratch: number;
  readonly probes: number;
  readonly proposed: number;
  readonly words: Int32Array<SharedArrayBuffer>;
}

/** How many nodes are looked at, 0 for a walk; then how many are weighed, or the walk's breadth, wanted and patience. */
const inWords = (search: Search): number[] =>
  'looked' in search ? [search.looked, search.alike] : [0, search.breadth, search.wanted ?? 0, search.patience ?? -1];

export function fromWords([looked = 0, alikeOrBreadth = 0, wanted = 0, patience = 0]: Int32Array): Search {
  return looked > 0 ? { alike: alikeOrBreadth, looked } : { breadth: alikeOrBreadth, wanted, patience };
}

const PATIENCE_MILLISECONDS = 1_000;

/**
 * A second thread that asks a graph about the last probes of a frame while the caller asks about the first. The caller never waits for it: on a busy machine it may not come to
 * anything. Whoever changes the graph has to `settle` it first.
 */
export class Walker {
  readonly #graph: Graph;
  readonly #data: WalkerData;
  readonly #worker: Worker;

  constructor(graph: Graph) {
    this.#graph = graph;
    const [scratch, probes, proposed] = [graph.hire(), graph.space.reserve(MOST_SHARED * VECTOR_BYTES), graph.space.reserve(MOST_SHARED * 8 * MOST_PROPOSED)];
    this.#data = { memory: graph.space.memory, scratch, probes, proposed, words: new Int32Array(new SharedArrayBuffer(4 * WALK.words)) };
    this.#worker = new Worker(new URL('./walker-worker.js', import.meta.url), { workerData: this.#data });
    this.#worker.unref();
    this.#worker.once('error', () => undefined); // it takes no more probes then, and the caller asks about all
  }

  /** Gives it up to `MOST_SHARED` probes of unit length; false if it is not ready for them. */
  begin(probes: readonly Float32Array[], count: number, search: Search): boolean {
    const { words } = this.#data;
    if (!this.#revoked()) return false;
    probes.forEach((probe, i) => { this.#graph.space.floats(this.#data.probes + i * VECTOR_BYTES, probe.length).set(probe); });
    words.fill(CLAIM.nobody, WALK.claims);
    words.set([probes.length, this.#graph.nodes, this.#graph.nodes - this.#graph.size, count, ...inWords(search)], WALK.probes);
    Atomics.store(words, WALK.state, STATE.called);
    Atomics.notify(words, WALK.state);
    return true;
  }

  /** What it found for a probe; undefined if it has not found it yet, and then never will. */
  take(place: number): Neighbour[] | undefined {
    const { words, proposed } = this.#data;
    for (const whose of [CLAIM.nobody, CLAIM.walker]) {
      if (Atomics.compareExchange(words, WALK.claims + place, whose, CLAIM.caller) === whose) return undefined;
    }
    return neighboursAt(this.#graph.space, proposed + place * 8 * MOST_PROPOSED, Atomics.load(words, WALK.found + place));
  }

  /** Returns when it does not look at the graph, nor will before it is given probes again. */
  settle(): void {
    const { words } = this.#data;
    while (!this.#revoked()) Atomics.wait(words, WALK.state, STATE.busy, PATIENCE_MILLISECONDS);
  }

  /** Idle, or made so before it noticed that it was called. */
  #revoked(): boolean {
    const { words } = this.#data;
    return Atomics.compareExchange(words, WALK.state, STATE.called, STATE.idle) !== STATE.busy;
  }

  close(): void {
    void this.#worker.terminate();
  }
}
