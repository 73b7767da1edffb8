import assert from 'node:assert/strict';
import { bestThreshold, foldAccuracy, identification, tarAtFar, thresholdAt, type Comparison } from '../../bench/eval/metrics.js';

const comparisons = (same: readonly number[], different: readonly number[], fold = 1): Comparison[] => [
  ...same.map((score) => ({ score, same: true, fold })),
  ...different.map((score) => ({ score, same: false, fold })),
];

describe('verification figures', () => {
  it('choose the threshold that calls most pairs right, between two scores', () => {
    // 0.45 to 0.6: the same pair at 0.3 is the only mistake.
    assert.ok(Math.abs(bestThreshold(comparisons([0.3, 0.6, 0.7], [0.1, 0.2, 0.4, 0.45])) - 0.525) < 1e-12);
  });

  it('never part equal scores', () => {
    const threshold = bestThreshold(comparisons([0.5, 0.5, 0.9], [0.5, 0.1]));
    assert.ok(threshold > 0.1 && threshold < 0.5, String(threshold));
  });

  it('measure a fold with the threshold of the others', () => {
    // Alone, each fold could be parted without mistake; with the other's threshold, each calls one of four wrong.
    const first = comparisons([0.5, 0.9], [0.1, 0.3], 1);
    const second = comparisons([0.9, 0.95], [0.2, 0.6], 2);
    assert.equal(foldAccuracy([...first, ...second]), (3 / 4 + 3 / 4) / 2);
  });

  it('deal a single fold into ten', () => {
    const same = Array.from({ length: 50 }, (_, i) => 0.5 + i / 200);
    const different = Array.from({ length: 50 }, (_, i) => 0.49 - i / 200);
    assert.equal(foldAccuracy(comparisons(same, different)), 1);
    assert.ok(foldAccuracy(comparisons(different, same)) < 0.6);
  });

  it('give the share accepted at a false accept rate', () => {
    const different = Array.from({ length: 100 }, (_, i) => i / 100);
    // One in a hundred may pass: the threshold is the second highest, 0.98.
    assert.equal(thresholdAt(different, 0.01), 0.98);
    assert.equal(tarAtFar(comparisons([0.97, 0.98, 0.985, 1], different), 0.01), 0.5);
    // None may pass.
    assert.equal(tarAtFar(comparisons([0.97, 0.99, 0.995, 1], different), 0.001), 0.5);
  });
});

describe('identification figures', () => {
  it('count who is found first, and first above the strangers', () => {
    const enrolled = [
      { score: 0.9, right: true },
      { score: 0.4, right: true },
      { score: 0.8, right: false },
      { score: 0.6, right: true },
    ];
    const strangers = [0.1, 0.2, 0.3, 0.5].map((score) => ({ score, right: false }));
    assert.deepEqual(identification(enrolled, strangers, 0), { rank1: 0.75, tpir: 0.5 });
    assert.deepEqual(identification(enrolled, strangers, 0.25), { rank1: 0.75, tpir: 0.75 });
  });
});
