import assert from 'node:assert/strict';
import { assign, FORBIDDEN } from '../../src/track/assignment.js';
import { generator } from '../vision/support.js';

const total = (cost: readonly (readonly number[])[], columns: readonly number[]): number =>
  columns.reduce((sum, column, row) => sum + (column < 0 ? 0 : (cost[row]?.[column] ?? NaN)), 0);

/** By trying everything: as many pairs as possible that are not forbidden, then the least cost. */
function exhaustive(cost: readonly (readonly number[])[], row = 0, used: ReadonlySet<number> = new Set()): { pairs: number; total: number } {
  const line = cost[row];
  if (line === undefined) return { pairs: 0, total: 0 };
  const options = [exhaustive(cost, row + 1, used)];
  line.forEach((price, column) => {
    if (used.has(column) || price >= FORBIDDEN) return;
    const rest = exhaustive(cost, row + 1, new Set([...used, column]));
    options.push({ pairs: rest.pairs + 1, total: rest.total + price });
  });
  return options.reduce((a, b) => (b.pairs > a.pairs || (b.pairs === a.pairs && b.total < a.total) ? b : a));
}

describe('pairing', () => {
  it('is the cheapest of all, for every shape of table', () => {
    const next = generator(3);
    for (let round = 0; round < 200; round++) {
      const [rows, columns] = [1 + Math.floor(next() * 5), 1 + Math.floor(next() * 5)];
      const cost = Array.from({ length: rows }, () => Array.from({ length: columns }, () => (next() < 0.2 ? FORBIDDEN : next())));
      const found = assign(cost);
      const best = exhaustive(cost);
      assert.equal(found.filter((column) => column >= 0).length, best.pairs, JSON.stringify(cost));
      assert.ok(Math.abs(total(cost, found) - best.total) < 1e-9, JSON.stringify(cost));
      assert.equal(new Set(found.filter((column) => column >= 0)).size, best.pairs);
    }
  });

  it('takes empty tables', () => {
    assert.deepEqual(assign([]), []);
    assert.deepEqual(assign([[], []]), [-1, -1]);
  });
});
