import { round } from '../support/stats.js';
import { table } from '../support/table.js';
import type { Kind } from './scenarios.js';
import type { Normal, Reading } from './trial.js';

/** MiB above the resting level that overload may cost, and milliseconds that the event loop may be late at its 99th percentile. */
export const LIMITS = { deltaMb: 64, loopP99Ms: 20 } as const;

export const withinLimits = (readings: readonly Reading[]): boolean => readings.every(({ deltaMb }) => deltaMb <= LIMITS.deltaMb);

/** What `--json` prints. */
export function figures(normal: Normal, readings: readonly Reading[]): Record<string, unknown> {
  const worst = (kind: Kind): number => round(Math.max(...readings.filter(({ scenario }) => scenario.kind === kind).map((r) => r.deltaMb)));
  return {
    restingMb: round(normal.restingMb),
    idleMb: round(normal.idleMb),
    capacityFramesPerSecond: round(normal.capacity),
    slowReaderMaxDeltaMb: worst('slowReader'),
    floodMaxDeltaMb: worst('flood'),
    neverReadsMaxDeltaMb: worst('neverReads'),
    limitDeltaMb: LIMITS.deltaMb,
    loopDelayP99Ms: round(Math.max(...readings.map((r) => r.loopP99Ms))),
    limitLoopDelayP99Ms: LIMITS.loopP99Ms,
    withinLimits: withinLimits(readings),
    trials: readings.map(({ scenario, ...reading }) => ({ kind: scenario.kind, name: scenario.name, ...reading })),
  };
}

export function report(normal: Normal, readings: readonly Reading[]): string {
  const loopP99Ms = Math.max(...readings.map((r) => r.loopP99Ms));
  return [
    '',
    `Four cameras: ${normal.capacity.toFixed(1)} frames/s, ${normal.restingMb.toFixed(0)} MB (the resting level); idle after them: ${normal.idleMb.toFixed(0)} MB.`,
    '',
    table(
      ['the client', 'offered', 'sent', 'looked at', 'skipped', 'peak MB', 'above resting', 'loop p99 ms', 'loop worst ms', 'bystander frames', 'p50 ms', 'p95 ms'],
      readings.map(row),
    ),
    '',
    'Resident set of the server process, sampled every 100 ms; no garbage collection is forced. Resting: 95th percentile under four cameras.',
    'The bystander is a second, well-behaved camera that sends a frame whenever its last one was answered.',
    '',
    `memory: ${verdict(Math.max(...readings.map((r) => r.deltaMb)), LIMITS.deltaMb, 'MB above resting')}`,
    `event loop: ${verdict(loopP99Ms, LIMITS.loopP99Ms, 'ms late at the 99th percentile')}`,
  ].join('\n');
}

function row(r: Reading): (string | number)[] {
  const whole = [r.peakMb, r.deltaMb].map((value) => value.toFixed(0));
  const loop = [r.loopP99Ms, r.loopMaxMs].map((value) => value.toFixed(1));
  return [r.scenario.name, r.offered, r.sent, r.looked, r.skipped, ...whole, ...loop, r.bystander.frames, r.bystander.p50Ms.toFixed(0), r.bystander.p95Ms.toFixed(0)];
}

function verdict(found: number, limit: number, unit: string): string {
  return `${found.toFixed(1)} ${unit} at most, limit ${limit}: ${found <= limit ? 'kept' : 'EXCEEDED'}`;
}
