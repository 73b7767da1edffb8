import assert from 'node:assert/strict';
import type { StoredFace } from '../../src/gallery/port.js';
import { byRegion, explain } from '../../src/pipeline/evidence.js';
import { REGIONS } from '../../src/types.js';

const vector = (first: number): number[] => [first, Math.sqrt(1 - first * first), ...Array.from({ length: 254 }, () => 0)];
const rows = (...firsts: number[]): Float32Array => Float32Array.from(firsts.flatMap(vector));
const stored = rows(1);
/** Three maps: the first looks at the eyes, the second at eyes, mouth and cheeks, the third elsewhere. */
const face = {
  importance: Float32Array.from([0.5, 0.375, 0.125]),
  gaze: {
    heatMap: Buffer.from('heat'),
    mass: Float32Array.from([[1, 0, 0, 0, 0, 0], [0.25, 0, 0.5, 0.25, 0, 0], [0, 0, 0, 0, 0, 1]].flat()),
    alone: rows(0.6, 0.1, 0.4, 0.2, 0, -0.1),
    without: rows(0.2, 0.7, 0.5, 0.6, 0.65, 0.65),
  },
};
const near = (actual: number | undefined, expected: number): void => assert.ok(Math.abs((actual ?? NaN) - expected) < 1e-6, `${actual} is not ${expected}`);

describe('evidence by region', () => {
  const regions = byRegion(face, stored);
  const of = (name: string) => regions.find(({ region }) => region === name);

  it('has shares that sum to 1', () => {
    assert.deepEqual(regions.map(({ region }) => region), [...REGIONS]);
    near(regions.reduce((sum, { share }) => sum + share, 0), 1);
    near(of('EYES')?.share, 0.5 + 0.375 * 0.25);
    near(of('MOUTH')?.share, 0.375 * 0.5);
    near(of('NOSE')?.share, 0);
    near(of('ELSEWHERE')?.share, 0.125);
  });

  it('says how alike each region is by itself, and what is left without it', () => {
    [0.6, 0.1, 0.4, 0.2, 0, -0.1].forEach((expected, i) => near(regions[i]?.alone, expected));
    [0.2, 0.7, 0.5, 0.6, 0.65, 0.65].forEach((expected, i) => near(regions[i]?.without, expected));
  });

  it('has shares alone where there is no match', () => {
    const evidence = explain(face, undefined);
    assert.deepEqual(Object.keys(evidence.regions[0] ?? {}), ['region', 'share']);
    assert.equal(evidence.matched, undefined);
  });

  it('names the gallery face that was matched', () => {
    const matched: StoredFace = { id: 'f', identityId: 'i', label: 'ada.jpg', createdAt: new Date(5), quality: { score: 1, sharpness: 1, visibility: 1, eyeDistance: 40 }, embedding: stored };
    assert.equal(explain(face, matched).matched, matched);
  });
});
