import type { LoadOutput } from '../support/load.js';
import type { Sample } from '../support/probe.js';
import { median, round } from '../support/stats.js';
import { slopeOf } from '../support/slope.js';

const MB = 2 ** 20;
const MINUTE = 60_000;
/**
 * MiB a minute; handles more at the end than at the beginning (those of the work in hand come and go, a leak has one for each frame or answer); and how
 * much longer frames may wait at the end, of the median latency.
 */
export const LIMITS = { megabytesAMinute: 1, handles: 4, latencyGrowth: 1.5 } as const;

export interface SoakFigures {
  readonly minutes: number;
  readonly framesPerSecond: number;
  /** Of the resident set and of what JavaScript holds (heap and buffers, which tensors live in), MiB a minute, with the standard errors. */
  readonly slope: number;
  readonly slopeError: number;
  readonly heapSlope: number;
  readonly heapSlopeError: number;
  readonly restingMb: number;
  /** Handles in the first and in the last quarter, medians. */
  readonly handles: readonly [number, number];
  /** Latency in the first and in the last quarter, medians in milliseconds: what a growing queue would show in. */
  readonly latencyMs: readonly [number, number];
  readonly withinLimits: boolean;
}

/** One point for so many samples: their median, since garbage is collected in steps. */
const SAMPLES_A_POINT = 50;

export function soakFigures(samples: readonly Sample[], load: LoadOutput): SoakFigures {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) throw new Error('the server gave no samples');
  const resident = slopeOf(points(samples, ({ rss }) => rss / MB));
  const held = slopeOf(points(samples, ({ heap, external }) => (heap + external) / MB));
  const handles = quarters(samples.map((sample) => sample.handles));
  const latencyMs = load.quarters;
  // A slope that the noise of a short run explains is none.
  const grows = ({ slope, error }: typeof resident): boolean => slope - 2 * error > LIMITS.megabytesAMinute;
  return {
    minutes: round((last.at - first.at) / MINUTE, 2),
    framesPerSecond: round(load.framesPerSecond),
    slope: round(resident.slope, 2),
    slopeError: round(resident.error, 2),
    heapSlope: round(held.slope, 2),
    heapSlopeError: round(held.error, 2),
    restingMb: round(median(samples.map(({ rss }) => rss / MB))),
    handles,
    latencyMs: [round(latencyMs[0]), round(latencyMs[1])],
    withinLimits: !grows(resident) && !grows(held) && handles[1] - handles[0] <= LIMITS.handles && latencyMs[1] <= LIMITS.latencyGrowth * latencyMs[0],
  };
}

function points(samples: readonly Sample[], pick: (sample: Sample) => number): [number, number][] {
  const start = samples[0]?.at ?? 0;
  const size = Math.max(1, Math.min(SAMPLES_A_POINT, Math.floor(samples.length / 10)));
  return Array.from({ length: Math.floor(samples.length / size) }, (_, i) => {
    const some = samples.slice(i * size, (i + 1) * size);
    return [(median(some.map(({ at }) => at)) - start) / MINUTE, median(some.map(pick))];
  });
}

function quarters(values: readonly number[]): [number, number] {
  const size = Math.ceil(values.length / 4);
  return [median(values.slice(0, size)), median(values.slice(-size))];
}

export function soakReport(f: SoakFigures): string {
  return [
    `${f.minutes} minutes at 90 % of the capacity, ${f.framesPerSecond} frames/s, resident set ${f.restingMb} MiB`,
    `resident set: ${f.slope} ± ${f.slopeError} MiB a minute; heap and buffers: ${f.heapSlope} ± ${f.heapSlopeError}; limit ${LIMITS.megabytesAMinute}`,
    `handles: ${f.handles[0]}, then ${f.handles[1]}; median latency: ${f.latencyMs[0]} ms, then ${f.latencyMs[1]} ms`,
    `${f.withinLimits ? 'within' : 'BEYOND'} the limits`,
  ].join('\n');
}
