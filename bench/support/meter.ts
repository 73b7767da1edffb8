import { median, quantile } from './stats.js';

export interface MeterReading {
  readonly frames: number;
  readonly framesPerSecond: number;
  readonly facesPerSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Median latency of the first and of the last quarter: whether a backlog grows. */
  readonly quarters: readonly [number, number];
  /** Median milliseconds of each step, as the service reports it. */
  readonly steps: Readonly<Record<string, number>>;
}

interface Entry {
  readonly at: number;
  readonly faces: number;
  readonly latency: number;
  readonly steps: Readonly<Record<string, number>>;
}

/** Counts answers between `start` and `stop`; rates run from the first answer to the last, so that no part of a frame is counted. */
export class Meter {
  private readonly entries: Entry[] = [];
  private running = false;

  start(): void {
    this.running = true;
  }

  /** `at` and `latency` in milliseconds. */
  add({ faces, steps }: { faces: number; steps: Readonly<Record<string, number>> }, at: number, latency: number): void {
    if (this.running) this.entries.push({ at, faces, latency, steps });
  }

  stop(): MeterReading {
    this.running = false;
    const [first, ...rest] = this.entries;
    const last = rest.at(-1);
    if (first === undefined || last === undefined) throw new Error('fewer than two frames were answered: measure for longer');
    const seconds = (last.at - first.at) / 1000;
    const latencies = rest.map(({ latency }) => latency);
    const names = Object.keys(first.steps);
    return {
      frames: rest.length,
      framesPerSecond: rest.length / seconds,
      facesPerSecond: rest.reduce((total, { faces }) => total + faces, 0) / seconds,
      p50Ms: median(latencies),
      p95Ms: quantile(latencies, 0.95),
      p99Ms: quantile(latencies, 0.99),
      quarters: [median(latencies.slice(0, Math.ceil(latencies.length / 4))), median(latencies.slice(-Math.ceil(latencies.length / 4)))],
      steps: Object.fromEntries(names.map((name) => [name, median(rest.map(({ steps }) => steps[name] ?? NaN))])),
    };
  }
}
