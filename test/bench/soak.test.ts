import assert from 'node:assert/strict';
import { soakFigures } from '../../bench/soak/report.js';
import { slopeOf } from '../../bench/support/slope.js';

const MB = 2 ** 20;

/** Ten samples a second for two minutes, the resident set growing by so many MiB a minute beneath a saw of eight. */
const samples = (growth: number, handles: (i: number) => number = () => 20) =>
  Array.from({ length: 1200 }, (_, i) => ({
    at: 100 * i, rss: (500 + (growth * i) / 600 + 8 * ((i % 70) / 70)) * MB, heap: 20 * MB, external: 5 * MB, cpuMs: i, loopP99Ms: 1, loopMaxMs: 2, handles: handles(i),
  }));

const load = (quarters: readonly [number, number] = [50, 52]) =>
  ({ frames: 100, framesPerSecond: 10, facesPerSecond: 30, p50Ms: 50, p95Ms: 90, p99Ms: 99, quarters, steps: {}, ownCpuMs: 1 });

describe('the soak', () => {
  it('fits a line: slope and standard error of Anscombe’s first quartet', () => {
    const xs = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const ys = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    const { slope, error } = slopeOf(xs.map((x, i) => [x, ys[i] ?? NaN] as const));
    assert.ok(Math.abs(slope - 0.5001) < 1e-4 && Math.abs(error - 0.1179) < 1e-4, `${slope} ± ${error}`);
  });

  it('is content with memory that rises and falls', () => {
    const figures = soakFigures(samples(0.2), load());
    assert.equal(figures.withinLimits, true);
    assert.ok(Math.abs(figures.slope - 0.2) < 0.5, String(figures.slope));
  });

  it('is not when memory, handles or waiting grow', () => {
    assert.equal(soakFigures(samples(6), load()).withinLimits, false);
    assert.equal(soakFigures(samples(0, (i) => 20 + Math.floor(i / 100)), load()).withinLimits, false);
    assert.equal(soakFigures(samples(0), load([50, 200])).withinLimits, false);
  });
});
