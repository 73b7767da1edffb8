import assert from 'node:assert/strict';
import { cohortScore, cohortShift, makeCohort } from '../../src/calibration/cohort.js';
import { fitAll, type Sample } from '../../src/calibration/fit.js';
import { generator } from '../../src/calibration/random.js';
import { yardstick } from '../../src/calibration/yardstick.js';
import { cosine } from '../../src/cosine.js';
import type { Calibration } from '../../src/types.js';

const DIMENSIONS = 32;
const random = generator(3);
const unit = (values: readonly number[]): Float32Array => Float32Array.from(values, (value) => value / Math.hypot(...values));
const anywhere = (): Float32Array => unit(Array.from({ length: DIMENSIONS }, () => random() - 0.5));
const near = (face: Float32Array, spread: number): Float32Array => unit(Array.from(face, (value) => value + spread * (random() - 0.5)));

/** One region of the sphere in which a sixth of all people look alike, as small children do. */
const LIKE_CHILDREN = anywhere();
const people = (count: number): { face: Float32Array; child: boolean }[] =>
  Array.from({ length: count }, (_, i) => (i % 6 === 0 ? { face: near(LIKE_CHILDREN, 0.8), child: true } : { face: anywhere(), child: false }));

describe('a cohort', () => {
  const [crowd, others] = [900, 300].map((count) => people(count).map(({ face }) => face)) as [Float32Array[], Float32Array[]];
  const cohort = makeCohort(crowd, others, { groups: 16, nearest: 2, weight: 0.5 });

  it('scores a face by the mean of its similarities to the mean faces nearest to it', () => {
    for (const face of crowd.slice(0, 20)) {
      const [first = NaN, second = NaN] = cohort.means.map((mean) => cosine(mean, face)).sort((a, b) => b - a);
      assert.ok(Math.abs(cohortScore(cohort, face) - (first + second) / 2) < 1e-6);
    }
  });

  it('has means of unit length, as many as groups, the same for the same faces', () => {
    assert.equal(cohort.means.length, 16);
    for (const mean of cohort.means) assert.ok(Math.abs(Math.hypot(...mean) - 1) < 1e-6);
    assert.deepEqual(makeCohort(crowd, others, { groups: 16, nearest: 2, weight: 0.5 }), cohort);
  });

  it('shifts a bar by its weight, up for a face that many resemble, down for a rare one, on average not at all', () => {
    const shifts = others.map((face) => cohortShift(cohort, face));
    assert.ok(Math.abs(shifts.reduce((sum, shift) => sum + shift, 0) / shifts.length) < 1e-4);
    assert.ok(Math.abs(cohortShift({ ...cohort, weight: 1 }, others[0] as Float32Array) - 2 * (shifts[0] as number)) < 1e-6);
    const mean = (wanted: boolean): number => {
      const found = people(300).flatMap(({ face, child }) => (child === wanted ? [cohortShift(cohort, face)] : []));
      return found.reduce((sum, shift) => sum + shift, 0) / found.length;
    };
    assert.ok(mean(true) > 0.04 && mean(false) < 0, `${mean(true)}, ${mean(false)}`);
    assert.equal(cohortShift(undefined, crowd[0] as Float32Array), 0);
  });

  it('keeps the rate of false matches among people who look alike near that of all, and lowers the bar for everybody else', () => {
    const photographs = people(240).flatMap(({ face, child }, person) => [0, 1].map((shot) => ({ person, child, photograph: 2 * person + shot, face: near(face, 0.1) })));
    const samples = photographs.map(({ person, photograph, face }): Sample => ({ person, photograph, embedding: face, visibility: 1, whole: true }));
    const measured = (used: typeof cohort | undefined): { amongChildren: number; typicalBar: number } => {
      const [bucket] = fitAll(samples, { related: () => false, cohort: used, replicates: 10, seed: 1 }).flatMap((one) => ('bucket' in one ? [one.bucket] : []));
      assert.ok(bucket);
      const calibration: Calibration = { embedder: '', detector: '', prior: 0.5, buckets: [{ ...bucket, min: 0, max: 1 }], ...(used && { cohort: used }) };
      const bar = (probe: Float32Array): number => yardstick(calibration, { probe, visibility: 1, reach: { identities: 1, faces: 1 }, fpir: 1e-3 }).threshold;
      const children = photographs.filter(({ child }) => child);
      const pairs = children.flatMap((a) => children.flatMap((b) => (a.person === b.person ? [] : [cosine(a.face, b.face) >= bar(a.face)])));
      const others = photographs.filter(({ child }) => !child).map(({ face }) => bar(face)).sort((a, b) => a - b);
      return { amongChildren: pairs.filter(Boolean).length / pairs.length, typicalBar: others[others.length >> 1] ?? NaN };
    };
    const [plain, shifted] = [measured(undefined), measured(cohort)];
    assert.ok(plain.amongChildren > 2 * shifted.amongChildren, `${plain.amongChildren}, then ${shifted.amongChildren}`);
    assert.ok(shifted.typicalBar < plain.typicalBar - 0.03, `${plain.typicalBar}, then ${shifted.typicalBar}`);
  });
});
