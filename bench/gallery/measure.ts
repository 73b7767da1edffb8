import type { Gallery } from '../../src/gallery/port.js';
import { quantile } from '../support/stats.js';
import type { Crowd } from './faces.js';

export const TOP = 10;
export const FRAME = 30;
const WARM_UP = 50;

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
  for (const probe of probes.slice(0, WARM_UP)) await gallery.search('default', [probe], wanted);
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
  const times: number[] = [];
  for (let i = -WARM_UP; i + FRAME <= probes.length; i += 5) {
    const start = performance.now();
    await gallery.search('default', probes.slice(Math.max(0, i), Math.max(0, i) + FRAME), 3);
    if (i >= 0) times.push(performance.now() - start);
  }
  return { p50FrameMs: quantile(times, 0.5), p99FrameMs: quantile(times, 0.99) };
}
