import assert from 'node:assert/strict';
import { damageDatabase, damageSnapshots } from './flips.js';

const SNAPSHOTS = 60;
const DATABASES = 25;

describe('gallery: damage', () => {
  it(`of a snapshot is noticed, whatever it is, ${SNAPSHOTS} times`, async function () {
    this.timeout(60_000);
    assert.deepEqual(await damageSnapshots(SNAPSHOTS, 41), { runs: SNAPSHOTS, noticed: SNAPSHOTS });
  });

  it(`of the database is noticed by verify or changes no answer, and never gives a wrong name, ${DATABASES} times`, async function () {
    this.timeout(120_000);
    const { noticed, harmless, missed, wrongNames } = await damageDatabase(DATABASES, 42);
    assert.deepEqual({ missed, wrongNames, all: noticed + harmless }, { missed: 0, wrongNames: 0, all: DATABASES });
    assert.ok(noticed >= DATABASES / 4, `only ${noticed} were noticed`);
  });
});
