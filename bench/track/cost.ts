import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { StreamTracks } from '../../src/pipeline/follow.js';
import type { ProbeSettings } from '../../src/pipeline/identify.js';
import { VISIT_DEFAULTS } from '../../src/track/visit.js';
import { Visits } from '../../src/track/visits.js';
import type { FrameAnalysis } from '../../src/types.js';
import { quantile } from '../support/stats.js';
import { Crowd } from './crowd.js';
import { roomsWith } from './rooms.js';
import { HEIGHT, WIDTH } from './script.js';

const LOOK: ProbeSettings = { collection: 'default', topK: 1, select: 'ALL', minFaceSize: 20, maxFaces: 100, wantCrops: false, wantAttention: false };
const TRACKING = { patience: 3, confirmAfter: 2, refresh: 0 };

/** The server's own following over what a camera saw; the gallery answers at once, and knows nobody. */
class Camera {
  readonly tracks = new StreamTracks(TRACKING, LOOK.maxFaces);
  readonly visits = new Visits({ ...VISIT_DEFAULTS, alike: 0.6 });
  told = 0;

  async frame(seen: FrameAnalysis, at: number): Promise<void> {
    const moment = { at, now: 0, revision: 0 };
    const { tracked } = await this.tracks.identify(roomsWith(seen), { encoded: new Uint8Array() }, { settings: LOOK, at, turn: () => Promise.resolve(moment) });
    this.told += this.visits.update({ width: WIDTH, height: HEIGHT, at, tracks: tracked?.tracks ?? [] }).length;
  }
}

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
  const framesAnHour = 5 * 3600;
  for (let i = 0; i < hours * framesAnHour; i++) {
    await camera.frame(crowd.step(0.2), i * 200);
    if ((i + 1) % framesAnHour !== 0) continue;
    mib.push(inUse() / 2 ** 20);
    onHour(mib.length);
  }
  const settled = mib.slice(1).map((value, i): [number, number] => [i, value * 1024]);
  return { hours, frames: hours * framesAnHour, events: camera.told, mib, kibAnHour: slope(settled) };
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function inUse(): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function slope(points: readonly (readonly [number, number])[]): number {
  const [mx, my] = [0, 1].map((axis) => points.reduce((sum, point) => sum + (point[axis] ?? 0), 0) / points.length) as [number, number];
  const over = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return over / points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}
