import assert from 'node:assert/strict';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeCalibration } from '../../src/calibration/file.js';
import { openGallery } from '../../src/gallery/open.js';
import { readEmbedderContract } from '../../src/runtime/contract.js';
import { fingerprint } from '../../src/runtime/fingerprint.js';
import type { Bucket } from '../../src/types.js';
import { cosine, direction, face, person, seeded } from '../gallery/support.js';
import { bucket, MADE } from '../support/bucket.js';
import { withFolder } from '../support/folder.js';
import { photo } from '../support/people.js';
import { TINY_NETWORKS } from '../support/real-server.js';
import { glimpse, jsonLines } from './glimpse.js';

/** A range of which the contract knows something already. */
const known = (min: number): Bucket => ({ ...bucket(min, min + 0.25), people: 31 });

/** 75 people of two faces each, of which all can be seen. */
async function enrolCrowd(dir: string, network: string): Promise<{ person: number; embedding: Float32Array }[]> {
  const random = seeded(7);
  const people = Array.from({ length: 75 }, () => direction(random));
  const faces = people.flatMap((middle, person) => [0, 1].map(() => ({ person, embedding: direction(random, middle) })));
  const gallery = await openGallery({ dir, network, requestMemorySeconds: 3600, log: { info: () => undefined, warn: () => undefined, error: () => undefined } });
  try {
    await Promise.all(people.map((_, number) => gallery.enroll(person(faces.filter((one) => one.person === number).map(({ embedding }) => face(embedding))))));
  } finally {
    await gallery.close();
  }
  return faces;
}

/** The similarity, less what is taken off for the probe, that this share of the strangers reaches. */
function strangersAt(faces: Awaited<ReturnType<typeof enrolCrowd>>, share: number, shift: (probe: Float32Array) => number): number {
  const scores = faces.flatMap((a) => faces.flatMap((b) => (a.person === b.person ? [] : [cosine(a.embedding, b.embedding) - shift(a.embedding)]))).sort((a, b) => b - a);
  return scores[Math.floor(share * scores.length)] ?? NaN;
}

interface Calibrated {
  readonly written: boolean;
  readonly ranges: readonly { readonly people: number; readonly kept?: string }[];
}

async function calibrate(...args: string[]): Promise<Calibrated> {
  const finished = await glimpse(['calibrate', ...args, '--json']);
  assert.equal(finished.code, 0, finished.stderr);
  return jsonLines<Calibrated>(finished)[0] as Calibrated;
}

describe('glimpse calibrate', () => {
  it('refuses too few people by name of what is missing, and leaves the contract as it was', () =>
    withFolder(async (folder) => {
      const models = join(folder, 'models');
      await cp(TINY_NETWORKS, models, { recursive: true });
      for (const person of [1, 2]) {
        await mkdir(join(folder, 'people', String(person)), { recursive: true });
        await writeFile(join(folder, 'people', String(person), 'a.png'), await photo(person));
      }
      const finished = await glimpse(['calibrate', join(folder, 'people'), '--models-dir', models, '--workers', '1']);
      assert.equal(finished.code, 1, finished.stdout);
      assert.match(finished.stderr, /too little to measure on: \d people, 30 are needed/);
      assert.equal(await readFile(join(models, 'embedder.json'), 'utf8'), await readFile(join(TINY_NETWORKS, 'embedder.json'), 'utf8'));
    }));

  it('measures on the enrolled faces, keeps what it cannot measure on them, and writes nothing in a dry run', () =>
    withFolder(async (folder) => {
      const [models, dataDir] = [join(folder, 'models'), join(folder, 'gallery')];
      await cp(TINY_NETWORKS, models, { recursive: true });
      const contract = join(models, 'embedder.json');
      const { embedder, detector } = await fingerprint(models);
      const cohort = { means: [direction(seeded(1)), direction(seeded(2))], nearest: 1, typical: 0, weight: 0.25 };
      await writeCalibration(contract, { embedder, detector, prior: 0.5, buckets: [0, 0.25, 0.5, 0.75].map(known), cohort, caution: 3 }, MADE);
      const released = await readFile(contract, 'utf8');
      const faces = await enrolCrowd(dataDir, embedder);

      const tried = await calibrate('--gallery', '--data-dir', dataDir, '--models-dir', models, '--dry-run');
      assert.equal(await readFile(contract, 'utf8'), released);
      const { written, ranges } = await calibrate('--gallery', '--data-dir', dataDir, '--models-dir', models, '--prior', '0.25');
      assert.deepEqual({ ...tried, written: true }, { file: contract, written, photographs: 0, without: 0, ranges });
      assert.deepEqual(ranges.map(({ people, kept }) => [people, kept?.replace(/\d+/g, 'n')]), [[31, 'n people, n are needed'], [31, 'n people, n are needed'], [31, 'n people, n are needed'], [75, undefined]]);

      const { calibration } = await readEmbedderContract(contract);
      assert.equal(calibration?.prior, 0.25);
      const [one] = calibration.buckets[3]?.thresholds ?? [];
      assert.equal(calibration.caution, 3, 'some of it was measured on other people');
      const there = calibration.cohort;
      const wanted = strangersAt(faces, 0.01, (probe) => 0.25 * Math.max(...(there?.means ?? []).map((mean) => cosine(mean, probe))));
      assert.ok(one && Math.abs(one.point - wanted) < 0.01, `${one?.point} is not ${wanted}`);
      assert.notEqual(wanted.toFixed(3), strangersAt(faces, 0.01, () => 0).toFixed(3));
      assert.deepEqual(calibration.buckets.slice(0, 3).map(({ thresholds }) => thresholds), [0, 1, 2].map(() => known(0).thresholds));
    }));

  it('asks whom to measure on', async () => {
    assert.equal((await glimpse(['calibrate'])).code, 2);
  });
});
