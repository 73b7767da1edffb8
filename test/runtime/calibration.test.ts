import assert from 'node:assert/strict';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeCalibration } from '../../src/calibration/file.js';
import { GlimpseError } from '../../src/errors.js';
import { readEmbedderContract } from '../../src/runtime/contract.js';
import type { Calibration } from '../../src/types.js';
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
    await writeCalibration(path, { ...calibration, prior: 0.1 }, MADE);
    assert.equal((await readEmbedderContract(path)).calibration?.prior, 0.1);
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
