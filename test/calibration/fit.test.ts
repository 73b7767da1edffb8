import assert from 'node:assert/strict';
import { GlimpseError } from '../../src/errors.js';
import { fitAll, type Fitted, refuseNothing, type Sample } from '../../src/calibration/fit.js';
import { fitBucket } from '../../src/calibration/fit.js';
import type { Scores } from '../../src/calibration/scores.js';
import { generator } from '../../src/calibration/random.js';

const OPTIONS = { related: (): boolean => false, replicates: 20, seed: 1 };

/** Two faces each of so many people, in four dimensions; the second with noise. */
function crowd(people: number, visibility = 1): Sample[] {
  const random = generator(7);
  const unit = (values: number[]): Float32Array => Float32Array.from(values, (value) => value / Math.hypot(...values));
  return Array.from({ length: people }, (_, person) => {
    const self = Array.from({ length: 32 }, () => random() - 0.5);
    return [0, 1].map((shot) => ({
      person, photograph: 2 * person + shot, visibility, whole: true, embedding: unit(self.map((value) => value + 0.15 * (random() - 0.5))),
    }));
  }).flat();
}

const fittedAt = (fitted: readonly Fitted[], min: number): Fitted => fitted.find((one) => ('bucket' in one ? one.bucket.min : one.min) === min) ?? assert.fail('no such range');

describe('a calibration fit', () => {
  it('finds the thresholds of a distribution that is known: strangers with an exponential tail', () => {
    const random = generator(11);
    const people = 200;
    const size = people * (people - 1);
    const scores: Scores = { impostors: new Float32Array(size), probes: new Uint32Array(size), enrolled: new Uint32Array(size), genuine: [] };
    let at = 0;
    for (let a = 0; a < people; a++) {
      for (let b = 0; b < people; b++) {
        if (a === b) continue;
        scores.impostors[at] = -0.05 * Math.log(random());
        scores.probes[at] = a;
        scores.enrolled[at] = b;
        at += 1;
      }
    }
    const fitted = fitBucket({ min: 0, max: 1 }, scores, OPTIONS);
    assert.ok('bucket' in fitted);
    for (const { fmr, low, point, high } of fitted.bucket.thresholds.filter((row) => row.fmr > 1e-6)) {
      const truth = -0.05 * Math.log(fmr);
      assert.ok(low <= truth + 0.02 && high >= truth - 0.005, `${fmr}: ${truth} lies outside ${low} to ${high}`);
      assert.ok(Math.abs(point - truth) < 0.06 * truth, `${fmr}: ${point}, not ${truth}`);
    }
  });

  it('puts the upper end above the estimate, further so where fewer people are known', () => {
    const breadth = (people: number): number => {
      const fitted = fittedAt(fitAll(crowd(people), OPTIONS), 0.75);
      assert.ok('bucket' in fitted);
      const rows = fitted.bucket.thresholds.filter(({ fmr }) => fmr > 5e-6);
      assert.ok(rows.every(({ low, point, high }) => low <= point && point <= high));
      return rows.reduce((sum, { low, high }) => sum + high - low, 0);
    };
    assert.ok(breadth(80) > breadth(240));
  });

  it('learns that a high similarity speaks for one person and a low one for two', () => {
    const fitted = fittedAt(fitAll(crowd(120), OPTIONS), 0.75);
    assert.ok('bucket' in fitted);
    const { odds, genuinePairs } = fitted.bucket;
    assert.equal(genuinePairs, 240);
    assert.ok((odds.find(([s]) => s >= 0)?.[1] ?? 0) < -1 && (odds.at(-1)?.[1] ?? 0) > 1, JSON.stringify(odds));
    assert.deepEqual(odds.map(([, log]) => log), odds.map(([, log]) => log).sort((a, b) => a - b));
  });

  it('leaves pairs of relatives out', () => {
    const fitted = fittedAt(fitAll(crowd(120), { ...OPTIONS, related: (a, b) => Math.abs(a - b) < 2 }), 0.75);
    assert.ok('bucket' in fitted);
    assert.equal(fitted.bucket.impostorPairs, 240 * 238 - 2 * 2 * 2 * 119);
  });

  it('says of each range why it could not be measured, and refuses when none could', () => {
    const fitted = fitAll(crowd(12), OPTIONS);
    assert.ok(fitted.every((one) => 'tooLittle' in one));
    assert.throws(() => refuseNothing(fitted), (error) => error instanceof GlimpseError && error.detail.reason === 'TOO_LITTLE_DATA' && /12 people, 30 are needed/.test(error.message));
  });
});
