import type { MessagePort } from 'node:worker_threads';
import type { RuntimeName } from '../runtime/candidates.js';
import type { Tensor } from '../runtime/network.js';
import type { Failure } from './failure.js';

/** What passes between the lane of the networks, the vision workers, and the thread that started them all. */

export interface LaneSettings {
  readonly modelsDir: string;
  readonly runtime: RuntimeName;
  /** Longer side of a picture as the detector sees it: what the networks are warmed with. */
  readonly detectorSize: number;
  /** Threads that one pass may use on a CPU. */
  readonly threads: number;
}

export type NetworkName = 'detector' | 'embedder';

/** Whose picture it is, as far as the lane is concerned. */
export interface Ticket {
  /** One picture's own number. */
  readonly picture: number;
  readonly stream: number;
}

/** To the lane: a worker that will ask, a picture whose caller has left, or that no more will come. */
export type ToLane = { readonly port: MessagePort } | { readonly left: number } | { readonly close: true };

export interface Ask {
  readonly id: number;
  readonly ticket: Ticket;
  readonly network: NetworkName;
  readonly input: Tensor;
  readonly outputs: readonly string[];
}

export type LaneReply = { readonly id: number; readonly results: readonly Tensor[] } | { readonly id: number; readonly failure: Failure };
