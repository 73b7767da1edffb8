import assert from 'node:assert/strict';
import { Matrix, normalise } from '../../src/gallery/index/matrix.js';

const ROWS = 5000; // more than a block
const DIMENSIONS = 256;

/** Numbers between −1 and 1 that look random and repeat. */
const vector = (seed: number): Float32Array => Float32Array.from({ length: DIMENSIONS }, (_, i) => Math.sin(seed * 12.9898 + i * 78.233) % 1);

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, i) => sum + value * (y[i] ?? NaN), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

describe('gallery: the matrix of vectors', () => {
  const matrix = new Matrix();
  const probe = vector(0.5);
  before(() => {
    for (let label = 1; label <= ROWS; label++) matrix.add(label, label, vector(label));
  });

  const expectCosine = (found: number, row: number): void => {
    const wanted = cosine(vector(matrix.label(row)), probe);
    assert.ok(Math.abs(found - wanted) < 1e-6, `row ${row}: ${found}, not ${wanted}`);
  };

  it('gives the cosine of every row asked for in order', () => {
    const sight = matrix.sight(normalise(probe));
    for (let row = 0; row < ROWS; row++) expectCosine(sight(row), row);
  });

  it('gives the cosine of rows asked for in any order, again and again', () => {
    const sight = matrix.sight(normalise(probe));
    for (const row of [4999, 0, 1, 2, 1, 4095, 4096, 4097, 4096, 300, 299, 301, 4999]) expectCosine(sight(row), row);
  });

  it('uses the row of a removed face for the next one', () => {
    const gone = matrix.row(77) ?? NaN;
    matrix.remove(gone);
    assert.equal(matrix.row(77), undefined);
    assert.deepEqual([...matrix.vector(gone)], [...new Float32Array(DIMENSIONS)]);
    const row = matrix.add(90_001, 1, vector(90_001));
    assert.equal(row, gone);
    expectCosine(matrix.sight(normalise(probe))(row), row);
  });

  it('keeps the vectors of two collections apart', () => {
    const other = new Matrix();
    const row = other.add(1, 1, vector(123_456));
    assert.ok(cosine(other.vector(row), vector(123_456)) > 0.999999);
    expectCosine(matrix.sight(normalise(probe))(0), 0);
  });
});
