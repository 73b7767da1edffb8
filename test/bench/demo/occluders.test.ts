import assert from 'node:assert/strict';
import { apply, compose, faceBox, faceFrame, invert } from '../../../bench/demo/geometry.js';
import { coverage, type Kind, place } from '../../../bench/demo/occluders.js';
import { FACES, type Point } from '../../../bench/demo/truth.js';

const upright = faceFrame([[100, 100], [160, 100], [130, 135], [105, 165], [155, 165]]);
const near = ([x, y]: Point, [u, v]: Point): boolean => Math.hypot(x - u, y - v) < 1e-6;

describe('the frame of a face', () => {
  it('has its origin between eyes and mouth, its unit about the distance of the eyes, and y down the face', () => {
    assert(near(apply(upright, [0, 0]), [130, 132.5]));
    assert(near(apply(upright, [-0.5, 0]), [100, 132.5]));
    const [, y] = apply(upright, [0, 1]);
    assert(Math.abs(y - 192.5) < 1e-6);
  });

  it('turns with a tilted face', () => {
    const tilted = faceFrame([[100, 100], [100, 160], [65, 130], [35, 105], [35, 155]]); // a quarter turn clockwise
    assert(near(apply(tilted, [-0.5, 0]), [67.5, 100]));
  });

  it('can be undone', () => {
    assert(near(apply(compose(invert(upright), upright), [0.3, -0.7]), [0.3, -0.7]));
  });

  it('gives boxes that hold all five points, for every face of the truth', () => {
    for (const { points } of FACES) {
      const { x, y, width, height } = faceBox(faceFrame(points));
      assert(points.every(([px, py]) => px > x && px < x + width && py > y && py < y + height), String(points[0]));
    }
  });
});

describe('an occluder', () => {
  const halfWay = (kind: Exclude<Kind, 'none'>): number => coverage(upright, [place(kind, 0.5, upright)]);

  it('hides a good part of the face when it is in place, and less on its way', () => {
    for (const kind of ['bar', 'mask', 'sunglasses', 'hand'] as const) {
      assert(halfWay(kind) > 0.12, `${kind}: ${halfWay(kind)}`);
      assert(halfWay(kind) < 0.7, `${kind}: ${halfWay(kind)}`);
      assert(coverage(upright, [place(kind, 0.02, upright)]) < halfWay(kind) / 2, kind);
    }
  });

  it('hides the same share of every face, whatever its size and tilt', () => {
    for (const { points } of FACES) {
      const frame = faceFrame(points);
      for (const kind of ['mask', 'sunglasses', 'hand'] as const) assert.equal(coverage(frame, [place(kind, 0.5, frame)]).toFixed(2), halfWay(kind).toFixed(2));
    }
  });

  it('is in place between sliding in and sliding out', () => {
    assert.deepEqual([0.1, 0.2, 0.5, 0.8, 0.9].map((progress) => place('mask', progress, upright).inPlace), [false, true, true, true, false]);
  });
});
