import assert from 'node:assert/strict';
import { damageSnapshots } from './flips.js';

const RUNS = 60;

describe('gallery: a damaged snapshot', () => {
  it(`is noticed, whatever the damage, ${RUNS} times`, async function () {
    this.timeout(60_000);
    assert.deepEqual(await damageSnapshots(RUNS, 41), { runs: RUNS, noticed: RUNS });
  });
});
