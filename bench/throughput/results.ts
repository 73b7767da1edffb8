import type { BareOutput } from './bare.js';
import type { PeerOutput } from './peer.js';
import type { ServiceReading } from './service.js';
import type { Rates } from './sights.js';

/** One entry a round, in the order of the rounds. */
export interface Results {
  /** ONNX Runtime with the files as they are: the ceiling. */
  readonly bare: BareOutput[];
  /** The same with the networks as the service prepares them. */
  readonly prepared: BareOutput[];
  readonly one: ServiceReading[];
  readonly four: ServiceReading[];
  /** One stream that waits for each answer before it sends the next frame: the latency of a service at rest. */
  readonly single: ServiceReading[];
  /** Of the vision threads' time under four streams, the share inside the networks, by a profile. */
  readonly passShare: number[];
}

/** Four cameras that send at a share of the capacity, in all. */
export type LatencyReading = ServiceReading & { readonly share: number; readonly offered: number };

/** On the photographs as they are. */
export interface PeerResults {
  readonly peer: readonly PeerOutput[];
  readonly ours: readonly ServiceReading[];
  readonly peerRates: Rates;
  readonly oursRates: Rates;
}
