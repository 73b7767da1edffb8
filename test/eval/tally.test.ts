import assert from 'node:assert/strict';
import { coverHalves } from '../../bench/eval/cover.js';
import { crowdFaces, sceneFaces, sizeOf } from '../../bench/eval/references.js';
import { match, Tally } from '../../bench/eval/tally.js';
import type { Box, DetectedFace, Landmarks } from '../../src/types.js';

const box = (x: number, y: number, side: number): Box => ({ x, y, width: side, height: side });
const found = (at: Box, score: number): DetectedFace => {
  const landmark = { x: at.x, y: at.y, visibility: 1 };
  return { box: at, score, landmarks: [landmark, landmark, landmark, landmark, landmark] satisfies Landmarks };
};

describe('labels', () => {
  it('of crowds have a mask class and perhaps landmarks', () => {
    const [bare, masked] = crowdFaces('79.0,105.0,30.0,37.0,bare,1,2,3,4,5,6,7,8,9,10;9,8,16,25,masked,');
    assert.deepEqual(bare, { box: { x: 79, y: 105, width: 30, height: 37 }, mask: 'bare', landmarks: [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]], seen: [true, true, true, true, true] });
    assert.deepEqual(masked, { box: { x: 9, y: 8, width: 16, height: 25 }, mask: 'masked' });
    assert.equal(sizeOf({ x: 0, y: 0, width: 16, height: 25 }), 20);
  });

  it('of scenes have landmarks after the score', () => {
    const [sure, unsure] = sceneFaces('1,2,3,4,0.9,1,2,3,4,5,6,7,8,9,10;1,2,3,4,0.7,1,2,3,4,5,6,7,8,9,10');
    assert.deepEqual(sure, { box: { x: 1, y: 2, width: 3, height: 4 }, landmarks: [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]], seen: [true, true, true, true, true] });
    assert.deepEqual(unsure?.seen, []);
    assert.deepEqual(sceneFaces(''), []);
  });
});

describe('detections held against labels', () => {
  it('take each face once, best score first, best overlap first', () => {
    const labels = [{ box: box(0, 0, 10) }, { box: box(20, 0, 10) }];
    const faces = [found(box(1, 0, 10), 0.6), found(box(0, 0, 10), 0.9), found(box(21, 1, 10), 0.7), found(box(50, 50, 10), 0.8)];
    assert.deepEqual(match(faces, labels), [-1, 0, 1, -1]);
  });

  it('need an overlap of 0.35', () => {
    // Shifted by 4 of 10: 60 / 140 = 0.43; by 5: 50 / 150 = 0.33.
    assert.deepEqual(match([found(box(4, 0, 10), 1)], [{ box: box(0, 0, 10) }]), [0]);
    assert.deepEqual(match([found(box(5, 0, 10), 1)], [{ box: box(0, 0, 10) }]), [-1]);
  });

  const tally = new Tally();
  tally.add([found(box(0, 0, 30), 0.9), found(box(100, 0, 16), 0.6), found(box(200, 0, 30), 0.7)], [
    { box: box(0, 0, 30), mask: 'masked', landmarks: [[0, 0], [10, 0], [0, 5], [0, 0], [0, 0]], seen: [true, true, true, false, true] },
    { box: box(100, 0, 16), mask: 'bare' },
  ]);
  tally.add([], [{ box: box(0, 0, 40), mask: 'masked' }]);

  it('give recall by size and mask', () => {
    assert.equal(tally.recall(0.5), 2 / 3);
    assert.equal(tally.recall(0.5, { from: 20 }), 1 / 2);
    assert.equal(tally.recall(0.5, { from: 12, below: 20 }), 1);
    assert.equal(tally.recall(0.65, { from: 12, below: 20 }), 0);
    assert.equal(tally.recall(0.5, { mask: 'bare' }), 1);
  });

  it('give precision, the score that reaches one, and false faces a photograph', () => {
    assert.equal(tally.precision(0.5), 2 / 3);
    assert.equal(tally.scoreAtPrecision(0.6), 0.6);
    assert.equal(tally.scoreAtPrecision(0.9), 0.9);
    assert.equal(tally.falsePerPhoto(0.5), 1 / 2);
    assert.equal(tally.falsePerPhoto(0.8), 0);
  });

  it('give the errors of landmarks that can be seen, in eye distances', () => {
    assert.deepEqual(tally.landmarkErrors(0.5), [0, 1, 0.5, 0]);
  });
});

describe('covering half a face', () => {
  it('covers that half, on a copy', () => {
    const picture = { width: 10, height: 10, data: new Uint8Array(300).fill(7) };
    const covered = coverHalves(picture, [{ x: 2, y: 2, width: 6, height: 6 }], 'lower');
    const touched = Array.from({ length: 100 }, (_, i) => i).filter((i) => covered.data[i * 3] !== 7);
    assert.deepEqual([touched.length, touched[0], touched.at(-1)], [18, 52, 77]);
    assert.ok(picture.data.every((level) => level === 7));
  });
});
