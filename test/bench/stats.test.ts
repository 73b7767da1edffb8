import assert from 'node:assert/strict';
import { Meter } from '../../bench/support/meter.js';
import { median, quantile, spread } from '../../bench/support/stats.js';
import { table } from '../../bench/support/table.js';

describe('benchmark statistics', () => {
  it('interpolates quantiles between the nearest ranks', () => {
    assert.equal(quantile([4, 1, 3, 2], 0.5), 2.5);
    assert.equal(quantile([10, 20, 30, 40, 50], 0.95), 48);
    assert.equal(quantile([7], 0.95), 7);
  });

  it('leaves the measured values in their order', () => {
    const values = [3, 1, 2];
    assert.equal(median(values), 2);
    assert.deepEqual(values, [3, 1, 2]);
  });

  it('spans from the least to the most', () => {
    assert.deepEqual(spread([5, 9, 1]), { median: 5, min: 1, max: 9 });
  });

  it('has no median of nothing', () => {
    assert.ok(Number.isNaN(median([])));
  });
});

describe('Meter', () => {
  const steps = { detect: 4 };

  it('rates from the first answer to the last and leaves out what comes before and after', () => {
    const meter = new Meter();
    meter.add({ faces: 100, steps }, 0, 1);
    meter.start();
    meter.add({ faces: 7, steps }, 1000, 50);
    meter.add({ faces: 2, steps }, 1500, 10);
    meter.add({ faces: 4, steps: { detect: 6 } }, 3000, 30);
    const reading = meter.stop();
    meter.add({ faces: 100, steps }, 3100, 1);
    assert.equal(reading.frames, 2);
    assert.equal(reading.framesPerSecond, 1);
    assert.equal(reading.facesPerSecond, 3);
    assert.equal(reading.p50Ms, 20);
    assert.deepEqual(reading.steps, { detect: 5 });
  });

  it('refuses to name a rate of a single answer', () => {
    const meter = new Meter();
    meter.start();
    meter.add({ faces: 1, steps }, 5, 5);
    assert.throws(() => meter.stop(), /fewer than two/);
  });
});

describe('table', () => {
  it('lines its columns up as Markdown', () => {
    const lines = table(['kind', 'faces/s'], [['bare', 104.5], ['service', 9]]).split('\n');
    assert.deepEqual(lines, ['| kind    | faces/s |', '|---------|--------:|', '| bare    |   104.5 |', '| service |       9 |']);
  });
});
