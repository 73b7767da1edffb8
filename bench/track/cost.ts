import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { slopeOf } from '../support/slope.js';
import { quantile } from '../support/stats.js';
import { Camera } from './camera.js';
import { Crowd } from './crowd.js';

export interface Cost {
  /** Milliseconds a frame, by the clock. */
  readonly median: number;
  readonly p95: number;
  /** Milliseconds of the processor, mean: the same whatever else the machine does. */
  readonly cpu: number;
}

/** What following 30 faces takes a frame, every one embedded anew and added up. */
export async function costOf30(next: () => number, frames = 600): Promise<Cost> {
  const [camera, crowd] = [new Camera(), new Crowd({ people: 30, steady: true, next })];
  const [times, cpu]: [number[], number[]] = [[], []];
  for (let i = 0; i < frames; i++) {
    const seen = crowd.step(0.04);
    const [start, used] = [performance.now(), process.cpuUsage()];
    await camera.frame(seen, i * 40);
    const { user, system } = process.cpuUsage(used);
    // The first frames are those before the compiler has seen the code.
    if (i < frames / 4) continue;
    times.push(performance.now() - start);
    cpu.push((user + system) / 1000);
  }
  return { median: quantile(times, 0.5), p95: quantile(times, 0.95), cpu: cpu.reduce((sum, ms) => sum + ms, 0) / cpu.length };
}

export interface LongRun {
  readonly hours: number;
  readonly frames: number;
  readonly events: number;
  /** Memory that is in use at each full hour, after a collection. */
  readonly mib: readonly number[];
  /** Least squares over the hours from the second on. */
  readonly kibAnHour: number;
}

/** Hours of a busy camera: five frames a second, eight people at a time. */
export async function longRun(hours: number, next: () => number, onHour: (hour: number) => void): Promise<LongRun> {
  const [camera, crowd] = [new Camera(), new Crowd({ people: 8, next })];
  const mib: number[] = [];
  let told = 0;
  const framesAnHour = 5 * 3600;
  for (let i = 0; i < hours * framesAnHour; i++) {
    told += (await camera.frame(crowd.step(0.2), i * 200)).events.length;
    if ((i + 1) % framesAnHour !== 0) continue;
    mib.push(inUse() / 2 ** 20);
    onHour(mib.length);
  }
  const settled = mib.slice(1).map((value, i): [number, number] => [i, value * 1024]);
  return { hours, frames: hours * framesAnHour, events: told, mib, kibAnHour: slopeOf(settled).slope };
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function inUse(): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
