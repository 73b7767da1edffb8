export type FramePolicy = 'ALL' | 'LATEST';

/** How a client misbehaves. */
export interface Misbehaviour {
  readonly policy: FramePolicy;
  /** Frames a second that it wants to send; absent: as many as flow control lets it. */
  readonly framesPerSecond?: number;
  /** Milliseconds between two answers that it reads; 0: as they come; absent: it reads none. */
  readonly readEveryMs?: number;
}

export type Kind = 'slowReader' | 'flood' | 'neverReads';

export interface Scenario {
  readonly kind: Kind;
  readonly name: string;
  readonly misbehaviour: (capacity: number) => Misbehaviour;
}

/** A sender of this many times what the service can look at is a flood. */
const FLOOD = 10;
const SLOW_READ_MS = 500;

const POLICIES: readonly FramePolicy[] = ['ALL', 'LATEST'];

export const SCENARIOS: readonly Scenario[] = [
  ...POLICIES.map((policy) => ({
    kind: 'slowReader' as const,
    name: `reads two answers a second, ${policy}`,
    misbehaviour: () => ({ policy, readEveryMs: SLOW_READ_MS }),
  })),
  ...POLICIES.map((policy) => ({
    kind: 'flood' as const,
    name: `sends ${FLOOD} times the capacity, ${policy}`,
    misbehaviour: (capacity: number) => ({ policy, framesPerSecond: FLOOD * capacity, readEveryMs: 0 }),
  })),
  ...POLICIES.map((policy) => ({
    kind: 'neverReads' as const,
    name: `never reads, ${policy}`,
    misbehaviour: () => ({ policy }),
  })),
];
