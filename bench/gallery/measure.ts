import type { Gallery } from '../../src/gallery/port.js';
import { quantile } from '../support/stats.js';
import type { Crowd } from './faces.js';

export const TOP = 10;
export const FRAME = 30;
/** A few probes are searched for over and over before anything is timed: a young process compiles and tidies up beside its work. */
const WARM_UP = { probes: 50, milliseconds: 3_000 } as const;

export interface Reading {
  readonly recallAt1: number;
  readonly recallAt10: number;
  readonly p50OneMs: number;
  readonly p99OneMs: number;
}

/** New pictures of people who are there. */
export function probesOf(crowd: readonly Crowd[], count: number, random: () => number): Float32Array[] {
  return Array.from({ length: count }, () => (crowd[Math.floor(random() * crowd.length)] as Crowd).person.face());
}

/** How much of what is right was found: of the best, and of the best ten. */
export function recallOf(right: readonly (readonly string[])[], found: readonly (readonly string[])[]): { recallAt1: number; recallAt10: number } {
  const share = (among: number): number => {
    const hits = right.map((names, i) => names.slice(0, among).filter((name) => found[i]?.slice(0, among).includes(name)).length / Math.min(among, names.length));
    return hits.reduce((sum, hit) => sum + hit, 0) / hits.length;
  };
  return { recallAt1: share(1), recallAt10: share(TOP) };
}

/** Each probe by itself, through the gallery's threads, names and all. @param right the best ten, by comparing all */
export async function measure(gallery: Gallery, probes: readonly Float32Array[], right: readonly (readonly string[])[], wanted = TOP): Promise<Reading> {
  await warmUp(probes, (probe) => gallery.search('default', [probe], wanted));
  const times: number[] = [];
  const found: string[][] = [];
  for (const probe of probes) {
    const start = performance.now();
    const [matches = []] = await gallery.search('default', [probe], wanted);
    times.push(performance.now() - start);
    found.push(matches.map(({ identityId }) => identityId));
  }
  return { ...recallOf(right, found), p50OneMs: quantile(times, 0.5), p99OneMs: quantile(times, 0.99) };
}

/** Thirty probes in one message, three people each, as a stream asks. */
export async function frames(gallery: Gallery, probes: readonly Float32Array[]): Promise<{ readonly p50FrameMs: number; readonly p99FrameMs: number }> {
  const frame = (from: number): Promise<unknown> => gallery.search('default', probes.slice(from, from + FRAME), 3);
  await warmUp(probes, () => frame(0));
  const times: number[] = [];
  for (let i = 0; i + FRAME <= probes.length; i += 5) {
    const start = performance.now();
    await frame(i);
    times.push(performance.now() - start);
  }
  return { p50FrameMs: quantile(times, 0.5), p99FrameMs: quantile(times, 0.99) };
}

async function warmUp(probes: readonly Float32Array[], search: (probe: Float32Array) => Promise<unknown>): Promise<void> {
  const end = performance.now() + WARM_UP.milliseconds;
  while (performance.now() < end) for (const probe of probes.slice(0, WARM_UP.probes)) await search(probe);
}
