import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { enrolPeople } from '../support/people.js';
import { ServerProcess } from '../support/server.js';
import { type Spread, spread } from '../support/stats.js';
import { serviceTrial } from '../throughput/service.js';

/** What differs from the usual trial: four `ALL` streams of photographs 640 pixels wide, all faces, ONNX Runtime, one worker a core. */
export interface Point {
  readonly name: string;
  /** On the axis of a chart. */
  readonly x: number;
  readonly width?: number;
  readonly maxFaces?: number;
  readonly streams?: number;
  readonly workers?: number;
  readonly flags?: readonly string[];
}

export type SweepName = keyof typeof SWEEPS;

const WORKERS = availableParallelism();
const USUAL: Point = { name: 'usual', x: 0 };

export const SWEEPS = {
  width: [320, 640, 1280, 1920].map((width) => ({ name: `${width} px`, x: width, width })),
  faces: [1, 2, 3, 100].map((maxFaces) => ({ name: maxFaces === 100 ? 'all (3.7)' : `at most ${maxFaces}`, x: maxFaces, maxFaces })),
  streams: [1, 2, 4, 8].map((streams) => ({ name: String(streams), x: streams, streams })),
  runtime: [{ name: 'onnx-cpu', x: 0 }, { name: 'tfjs-wasm', x: 1, flags: ['--runtime', 'tfjs', '--device', 'cpu'] }],
  threads: [
    { name: 'half the workers', x: 0, workers: Math.max(1, WORKERS / 2) },
    { name: 'a worker a core', x: 1 },
    { name: 'half as many again', x: 2, workers: Math.ceil(WORKERS * 1.5) },
    { name: 'one lane for all, its passes on all cores (--batching on)', x: 3, flags: ['--batching', 'on'] },
  ],
} satisfies Record<string, readonly Point[]>;

export interface Measured {
  readonly name: string;
  readonly x: number;
  readonly facesPerSecond: Spread;
  readonly framesPerSecond: Spread;
  readonly cpuMs: Spread;
}

export type Sweeps = Readonly<Record<SweepName, readonly Measured[]>>;

/** Every point in each round, so that a machine that grows slower meanwhile does so for all; the usual trial is measured once a round for all sweeps. */
export async function sweep(rounds: number, seconds: number): Promise<Sweeps> {
  const dataDir = await mkdtemp(join(tmpdir(), 'glimpse-sweep-'));
  const readings = new Map<string, Awaited<ReturnType<typeof serviceTrial>>[]>();
  try {
    await enrol(dataDir);
    for (let round = 0; round < rounds; round++) {
      for (const [key, point] of trials()) readings.set(key, [...(readings.get(key) ?? []), await trial(dataDir, point, seconds)]);
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
  const measured = (point: Point): Measured => {
    const own = readings.get(keyOf(point)) ?? [];
    const over = (pick: (reading: (typeof own)[number]) => number): Spread => spread(own.map(pick));
    return { name: point.name, x: point.x, facesPerSecond: over((r) => r.facesPerSecond), framesPerSecond: over((r) => r.framesPerSecond), cpuMs: over((r) => r.cpuMs) };
  };
  return Object.fromEntries(Object.entries(SWEEPS).map(([name, points]) => [name, points.map(measured)])) as Record<SweepName, Measured[]>;
}

const filled = ({ width = 640, maxFaces = 100, streams = 4, workers = WORKERS, flags = [] }: Point) => ({ width, maxFaces, streams, workers, flags });

const keyOf = (point: Point): string => JSON.stringify(filled(point));

const trials = (): Map<string, Point> => new Map([USUAL, ...Object.values(SWEEPS).flat()].map((point) => [keyOf(point), point]));

async function trial(dataDir: string, point: Point, seconds: number): ReturnType<typeof serviceTrial> {
  const { width, maxFaces, streams, workers, flags } = filled(point);
  const server = { dataDir, workers, flags: ['--workers', String(workers), '--max-frame-rate', '10000', ...flags] };
  const reading = await serviceTrial(server, { width, maxFaces, streams, inFlight: 8, evidence: false, warmUpMs: 3000, measureMs: 1000 * seconds });
  process.stderr.write(`${keyOf(point)}: ${reading.framesPerSecond.toFixed(1)} frames/s\n`);
  return reading;
}

async function enrol(dataDir: string): Promise<void> {
  const server = await ServerProcess.start({ dataDir });
  try {
    await enrolPeople(server.address, 1000);
  } finally {
    await server.stop();
  }
}
