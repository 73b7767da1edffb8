import assert from 'node:assert/strict';
import { operate } from './model.js';

const OPERATIONS = 1_500;

describe('gallery: against a plain model', () => {
  it(`says the same after each of ${OPERATIONS} random operations, over expiries, merges, backups and restarts`, async function () {
    this.timeout(240_000);
    const { misses, warnings } = await operate(OPERATIONS, 11);
    assert.deepEqual({ misses, warnings }, { misses: 0, warnings: [] });
  });
});
