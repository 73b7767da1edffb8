import assert from 'node:assert/strict';
import { fitPareto, quantile, survival } from '../../src/calibration/pareto.js';
import { generator } from '../vision/support.js';

const near = (found: number, wanted: number, within: number): void => assert.ok(Math.abs(found - wanted) <= within, `${found} is not ${wanted} ± ${within}`);

describe('the generalised Pareto distribution', () => {
  it('has the survival function and quantiles of scipy 1.17.1 (genpareto.sf, genpareto.isf)', () => {
    const survivals = [[-0.1, 0.06, 0.2, 0.017341529915832606], [0.3, 0.05, 0.2, 0.07220895565633256], [0, 0.05, 0.1, 0.1353352832366127], [-0.4, 0.1, 0.3, 0]] as const;
    for (const [shape, scale, x, wanted] of survivals) near(survival({ shape, scale }, x), wanted, 1e-12);
    const quantiles = [[-0.1, 0.06, 1e-5, 0.41026334038989726], [0.3, 0.05, 1e-4, 2.474821987435188], [0, 0.05, 1e-3, 0.34538776394910686]] as const;
    for (const [shape, scale, p, wanted] of quantiles) near(quantile({ shape, scale }, p), wanted, 1e-12);
  });

  // scipy.stats.genpareto.fit(x, floc=0) of the same numbers, scipy 1.17.1.
  const FITS = [
    { shape: -0.2, scale: 0.06, seed: 1, sum: 100.47578058343205, found: { shape: -0.175928415, scale: 0.059101237 } },
    { shape: 0, scale: 0.05, seed: 2, sum: 100.0153473548921, found: { shape: 0.059804575, scale: 0.047029359 } },
    { shape: 0.25, scale: 0.1, seed: 3, sum: 275.54506072113196, found: { shape: 0.239523558, scale: 0.10482137 } },
  ] as const;
  for (const { shape, scale, seed, sum, found } of FITS) {
    it(`is fitted as scipy fits it, shape ${shape}`, () => {
      const random = generator(seed);
      const excesses = Float64Array.from({ length: 2000 }, () => quantile({ shape, scale }, random()));
      near(excesses.reduce((all, x) => all + x, 0), sum, 1e-6);
      const fitted = fitPareto(excesses);
      near(fitted.shape, found.shape, 2e-4);
      near(fitted.scale, found.scale, 2e-5);
    });
  }

  it('takes a weight of two for the same excess twice, and one of nothing for none', () => {
    const random = generator(5);
    const excesses = Array.from({ length: 300 }, () => quantile({ shape: -0.1, scale: 0.05 }, random()));
    const weights = excesses.map((_, i) => i % 3);
    const repeated = excesses.flatMap((x, i) => Array.from({ length: i % 3 }, () => x));
    const [weighted, written] = [fitPareto(excesses, weights), fitPareto(repeated)];
    near(weighted.shape, written.shape, 1e-6);
    near(weighted.scale, written.scale, 1e-6);
  });

  it('refuses to make a tail of nothing', () => {
    assert.throws(() => fitPareto([]), /no excesses/);
  });
});
