import assert from 'node:assert/strict';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeCalibration } from '../../src/calibration/file.js';
import { GlimpseError } from '../../src/errors.js';
import { readEmbedderContract } from '../../src/runtime/contract.js';
import { cosine } from '../../src/cosine.js';
import type { Calibration, Cohort } from '../../src/types.js';
import { direction, seeded } from '../gallery/support.js';
import { bucket, MADE } from '../support/bucket.js';
import { withFolder } from '../support/folder.js';
import { TINY_NETWORKS } from '../support/real-server.js';

describe('a calibration in a contract', () => {
  const inContract = (body: (path: string, calibration: Calibration) => Promise<void>): Promise<void> =>
    withFolder(async (folder) => {
      await cp(TINY_NETWORKS, folder, { recursive: true });
      const path = join(folder, 'embedder.json');
      const { sha256 } = await readEmbedderContract(path);
      await body(path, { embedder: sha256, detector: 'ab'.repeat(32), prior: 0.5, buckets: [bucket(0, 0.5), bucket(0.5, 1)] });
    });

  it('is read as it was written, and all else stays', () => inContract(async (path, calibration) => {
    const before = await readEmbedderContract(path);
    await writeCalibration(path, calibration, MADE);
    assert.deepEqual(await readEmbedderContract(path), { ...before, calibration });
    await writeCalibration(path, { ...calibration, prior: 0.1, caution: 3 }, MADE);
    assert.deepEqual((await readEmbedderContract(path)).calibration, { ...calibration, prior: 0.1, caution: 3 });
  }));

  it('has its cohort with it, a byte a number, and only directions count', () => inContract(async (path, calibration) => {
    const { dimensions } = await readEmbedderContract(path);
    const means = [1, 2, 3].map((seed) => direction(seeded(seed)).subarray(0, dimensions)).map((part) => part.map((value) => value / Math.hypot(...part)));
    const cohort: Cohort = { means, nearest: 2, typical: 0.25, weight: 0.5 };
    await writeCalibration(path, { ...calibration, cohort }, MADE);
    const { calibration: read } = await readEmbedderContract(path);
    assert.deepEqual({ ...read?.cohort, means }, cohort);
    read?.cohort?.means.forEach((mean, i) => { assert.ok(cosine(mean, means[i] as Float32Array) > 0.9999); });
    await writeCalibration(path, { ...calibration, cohort: { ...cohort, nearest: 4 } }, MADE);
    await assert.rejects(readEmbedderContract(path), (error) => error instanceof GlimpseError && error.message.includes('calibration.cohort.means'));
    await writeCalibration(path, { ...calibration, cohort: { ...cohort, means: [...means, new Float32Array(dimensions)] } }, MADE);
    await assert.rejects(readEmbedderContract(path), (error) => error instanceof GlimpseError && error.message.includes('calibration.cohort.means'));
  }));

  const refused: [string, RegExp, (calibration: Calibration) => Calibration][] = [
    ['of another network', /calibration\.embedder/, (calibration) => ({ ...calibration, embedder: 'cd'.repeat(32) })],
    ['that leaves a range out', /calibration\.buckets/, (calibration) => ({ ...calibration, buckets: [bucket(0, 0.5), bucket(0.6, 1)] })],
    ['whose thresholds fall', /calibration\.buckets\[1\]\.thresholds/, (calibration) =>
      ({ ...calibration, buckets: [bucket(0, 0.5), { ...bucket(0.5, 1), thresholds: bucket(0, 1).thresholds.map((row, i) => ({ ...row, high: 0.5 - 0.1 * i })) }] })],
    ['whose odds fall', /calibration\.buckets\[0\]\.odds/, (calibration) => ({ ...calibration, buckets: [{ ...bucket(0, 0.5), odds: [[0, 1], [1, 0]] }, bucket(0.5, 1)] })],
  ];
  for (const [what, field, change] of refused) {
    it(`is refused ${what}, by the field's name`, () => inContract(async (path, calibration) => {
      await writeCalibration(path, change(calibration), MADE);
      await assert.rejects(readEmbedderContract(path), (error) => error instanceof GlimpseError && field.test(error.message));
    }));
  }

  it('is what the released contract has', async () => {
    const { calibration, sha256 } = await readEmbedderContract(new URL('../../../models/embedder.json', import.meta.url).pathname);
    assert.equal(calibration?.embedder, sha256);
    assert.equal(calibration.buckets.length, 4);
  });

  it('keeps short lists of numbers on one line', () => inContract(async (path, calibration) => {
    await writeCalibration(path, calibration, MADE);
    assert.match(await readFile(path, 'utf8'), /\[0\.01, 0\.2, 0\.25, 0\.3\]/);
  }));
});
