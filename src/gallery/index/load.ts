import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Connection } from '../database.js';
import type { CollectionIndex } from './collection-index.js';
import type { FillWorkerData } from './fill-worker.js';
import { DESK_BYTES, filler, type Desk, type Shelf } from './fill.js';
import type { Graph } from './graph.js';
import { VECTORS } from './matrix.js';

/** From so many faces on, threads bring them side by side; fewer are there before a thread has started. */
export const TOGETHER_FROM = 20_000;
const MOST_THREADS = 4;

/** Brings all faces of a collection into an empty index. */
export function loadFaces(db: Connection, collection: string, index: CollectionIndex): void {
  const { labels, owners } = facesOf(db, collection);
  const shelf = shelve(collection, labels, index);
  index.seat(labels, owners);
  filler(db, shelf)(0, labels.length);
}

/** Where faces come from and go to. */
export interface Load {
  readonly db: Connection;
  readonly dir: string;
  readonly collection: string;
  /** Empty. */
  readonly index: CollectionIndex;
  /** Its nodes get their vectors on the way. */
  readonly graph: Graph | undefined;
}

/**
 * The same, by threads of their own if there are many. On return every face has its row, but the vectors may come later: when the promise is fulfilled.
 * So whoever calls may do something else meanwhile.
 */
export function loadTogether({ db, dir, collection, index, graph }: Load, togetherFrom = TOGETHER_FROM): Promise<void> {
  const { labels, owners } = facesOf(db, collection);
  graph?.makeRoom(labels.length);
  const shelf = shelve(collection, labels, index);
  const desk = (): Desk | undefined => graph && { memory: graph.space.memory, at: graph.space.reserve(DESK_BYTES) };
  if (labels.length < togetherFrom) {
    index.seat(labels, owners);
    filler(db, shelf, desk())(0, labels.length);
    return Promise.resolve();
  }
  const next = new Int32Array(new SharedArrayBuffer(4));
  const threads = Array.from({ length: Math.min(MOST_THREADS, availableParallelism()) }, () => ended({ dir, shelf, desk: desk(), next }));
  index.seat(labels, owners);
  return Promise.all(threads).then(() => undefined);
}

function shelve(collection: string, labels: Faces['labels'], { matrix }: CollectionIndex): Shelf {
  matrix.makeRoom(labels.length);
  return { collection, labels, vectors: VECTORS, blocks: matrix.blocks };
}

function ended(data: FillWorkerData): Promise<void> {
  const thread = new Worker(new URL('./fill-worker.js', import.meta.url), { workerData: data });
  return new Promise((resolve, reject) => {
    thread.once('error', reject);
    thread.once('exit', () => { resolve(); });
  });
}

interface Faces {
  readonly labels: Uint32Array<SharedArrayBuffer>;
  readonly owners: Uint32Array;
}

/** Labels in order, and whose they are. They come from an index that knows both, by owners: reading the faces themselves would take as long as their vectors do. */
function facesOf(db: Connection, collection: string): Faces {
  const row = db.prepare<[string], { labels: string; owners: string }>(
    `SELECT json_group_array(label) AS labels, json_group_array(identity) AS owners FROM face INDEXED BY face_by_identity
     WHERE collection = (SELECT number FROM collection WHERE name = ?)`).get(collection);
  const found = JSON.parse(row?.labels ?? '[]') as number[];
  const theirs = JSON.parse(row?.owners ?? '[]') as number[];
  // Each label above its place: sorted as numbers of 64 bits. Plain loops, because a million callbacks take a third of a second.
  const pairs = new Uint32Array(2 * found.length);
  for (let place = 0; place < found.length; place++) {
    pairs[2 * place] = place;
    pairs[2 * place + 1] = found[place] as number;
  }
  new BigUint64Array(pairs.buffer).sort();
  const labels = new Uint32Array(new SharedArrayBuffer(4 * found.length));
  const owners = new Uint32Array(found.length);
  for (let row = 0; row < labels.length; row++) {
    labels[row] = pairs[2 * row + 1] as number;
    owners[row] = theirs[pairs[2 * row] as number] as number;
  }
  return { labels, owners };
}
