/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices of hand-made lists */
import assert from 'node:assert/strict';
import type { DetectedFace, Landmarks } from '../../src/types.js';
import { place } from '../../src/vision/place.js';
import type { Point, Template } from '../../src/vision/ports.js';
import { apply, fitRobustly, fitSimilarity, inverse, type Similarity } from '../../src/vision/similarity.js';
import { Warper } from '../../src/vision/warp.js';
import { generator } from './support.js';

const TEMPLATE: Template = [[36, 34], [75, 34], [56, 58], [43, 74], [68, 74]];
const ALIGNMENT = { template: TEMPLATE, eyesMidpoint: [56, 44.8] as const, fill: 128 };

const turned = (degrees: number, scale: number, tx: number, ty: number): Similarity => {
  const angle = (degrees * Math.PI) / 180;
  return { a: scale * Math.cos(angle), b: scale * Math.sin(angle), tx, ty };
};

function close(found: Similarity | undefined, wanted: Similarity, tolerance = 1e-9): void {
  assert.ok(found);
  for (const key of ['a', 'b', 'tx', 'ty'] as const) assert.ok(Math.abs(found[key] - wanted[key]) < tolerance, `${key}: ${found[key]}, wanted ${wanted[key]}`);
}

/** Least squares by another road: the normal equations of [a, b, tx, ty], solved by elimination. */
function byNormalEquations(from: readonly Point[], to: readonly Point[], weights: readonly number[]): Similarity {
  const rows = from.flatMap(([x, y], i) => [
    { row: [x, -y, 1, 0], value: to[i]![0], weight: weights[i]! },
    { row: [y, x, 0, 1], value: to[i]![1], weight: weights[i]! },
  ]);
  const matrix = [0, 1, 2, 3].map((r) => [0, 1, 2, 3, 4].map((c) => rows.reduce((sum, { row, value, weight }) => sum + weight * row[r]! * (c < 4 ? row[c]! : value), 0)));
  for (let pivot = 0; pivot < 4; pivot++) {
    for (let r = 0; r < 4; r++) {
      if (r === pivot) continue;
      const share = matrix[r]![pivot]! / matrix[pivot]![pivot]!;
      matrix[r] = matrix[r]!.map((value, c) => value - share * matrix[pivot]![c]!);
    }
  }
  const [a, b, tx, ty] = matrix.map((row, i) => row[4]! / row[i]!);
  return { a: a!, b: b!, tx: tx!, ty: ty! };
}

describe('the similarity fit', () => {
  it('finds the similarity that made the points', () => {
    const truth = turned(33, 0.4, -12, 80);
    const from = TEMPLATE.map((p) => apply(inverse(truth), p));
    close(fitSimilarity(from, TEMPLATE, [1, 1, 1, 1, 1]), truth);
  });

  it('agrees with the normal equations on noisy, weighted points', () => {
    const next = generator(4);
    for (let trial = 0; trial < 20; trial++) {
      const from = TEMPLATE.map(([x, y]): Point => [x * 3 + next() * 30, y * 3 + next() * 30]);
      const weights = TEMPLATE.map(() => 0.1 + next());
      close(fitSimilarity(from, TEMPLATE, weights), byNormalEquations(from, TEMPLATE, weights), 1e-8);
    }
  });

  it('has no answer when all points coincide', () => {
    assert.equal(fitSimilarity(TEMPLATE.map(() => [5, 5]), TEMPLATE, [1, 1, 1, 1, 1]), undefined);
  });

  it('is not dragged along by one wrong landmark', () => {
    const truth = turned(-10, 0.5, 3, 4);
    const from = TEMPLATE.map((p) => apply(inverse(truth), p));
    from[2] = [from[2]![0] + 60, from[2]![1] - 40];
    const robust = fitRobustly(from, TEMPLATE, [1, 1, 1, 1, 1], 6);
    close(robust?.fit, truth, 1);
    assert.ok(robust!.weights[2]! < 0.1 && robust!.weights[0]! > 0.9);
    const plain = fitSimilarity(from, TEMPLATE, [1, 1, 1, 1, 1])!;
    assert.ok(Math.abs(plain.tx - truth.tx) > 2, 'without robustness the wrong landmark shows');
  });

  it('inverts', () => {
    const there = turned(70, 2.5, 9, -4);
    const [x, y] = apply(inverse(there), apply(there, [12, 34]));
    assert.ok(Math.abs(x - 12) < 1e-9 && Math.abs(y - 34) < 1e-9);
  });
});

/** A face whose landmarks are the template's, laid into the picture. */
function face(placement: Similarity, visibility: readonly number[] = [1, 1, 1, 1, 1], moved: Readonly<Record<number, Point>> = {}): DetectedFace {
  const points = TEMPLATE.map((p, i) => moved[i] ?? apply(inverse(placement), p));
  const landmarks = points.map(([x, y], i) => ({ x, y, visibility: visibility[i]! })) as unknown as Landmarks;
  const [cx, cy] = apply(inverse(placement), [56, 59.5]);
  const unit = 22.3 / Math.hypot(placement.a, placement.b);
  return { box: { x: cx - 1.98 * unit, y: cy - 2.16 * unit, width: 3.96 * unit, height: 4.32 * unit }, landmarks, score: 1 };
}

/** Where the true middle of the eyes comes to lie, and the true nose. */
function landed(placement: Similarity, truth: Similarity): { eyes: Point; nose: Point } {
  const onto = (p: Point): Point => apply(placement, apply(inverse(truth), p));
  return { eyes: onto([55.5, 34]), nose: onto([56, 58]) };
}

const apart = (p: Point, q: Point): number => Math.hypot(p[0] - q[0], p[1] - q[1]);

describe('placing a face', () => {
  const truth = turned(20, 0.3, 10, -30);
  const ideal = landed(place(face(truth), ALIGNMENT), truth);

  it('puts the middle of the eyes where the contract says', () => {
    assert.ok(apart(ideal.eyes, [56, 44.8]) < 1e-6);
    assert.ok(apart(ideal.nose, [56.5, 68.8]) < 1e-6, 'and the rest of the face moves along');
  });

  it('hardly moves when hidden landmarks are guessed wrongly', () => {
    const wrong: Readonly<Record<number, Point>> = { 3: [0, 0], 4: [300, 0] };
    const found = landed(place(face(truth, [1, 1, 1, 0, 0], wrong), ALIGNMENT), truth);
    assert.ok(apart(found.nose, ideal.nose) < 1.5, `${apart(found.nose, ideal.nose)} px`);
  });

  it('trusts the template where an eye is hidden', () => {
    const found = landed(place(face(truth, [0, 1, 1, 1, 1], { 0: [400, 400] }), ALIGNMENT), truth);
    assert.ok(apart(found.eyes, [56, 44.8]) < 3, found.eyes.join());
  });

  it('falls back to the box with one visible landmark', () => {
    const upright = turned(0, 0.3, 10, -30);
    const lost: Readonly<Record<number, Point>> = { 0: [0, 0], 1: [5, 5], 2: [900, 4], 3: [-70, 60] };
    const found = place(face(upright, [0, 0, 0, 0, 1], lost), ALIGNMENT);
    assert.ok(Math.abs(found.b) < 1e-12, 'upright');
    assert.ok(apart(landed(found, upright).eyes, [56, 44.8]) < 3);
  });

  it('falls back to the box when the landmarks contradict it', () => {
    const { box } = face(turned(0, 0.3, 10, -30));
    const tiny = face(turned(0, 3, 10, -30)).landmarks;
    const found = place({ box, landmarks: tiny, score: 1 }, ALIGNMENT);
    assert.ok(Math.abs(Math.hypot(found.a, found.b) - 0.3) < 0.02);
  });

  it('moves smoothly as an eye fades', () => {
    const moved: Readonly<Record<number, Point>> = { 0: apply(inverse(truth), [33, 38]) };
    const at = (visibility: number): Point => landed(place(face(truth, [visibility, 1, 1, 1, 1], moved), ALIGNMENT), truth).nose;
    for (let v = 0; v < 1; v += 0.02) assert.ok(apart(at(v), at(v + 0.02)) < 0.5, `jump at ${v}`);
  });
});

describe('warping a face', () => {
  const chip = { width: 8, height: 6, fill: 128 };
  const out = (): Float32Array => new Float32Array(3 * chip.width * chip.height);
  /** Red grows along x, green along y: a linear picture, which bilinear sampling must give back exactly. */
  const ramp = (width: number, height: number): { width: number; height: number; data: Uint8Array } => {
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => [Math.floor(i / 3) % width, Math.floor(i / 3 / width), 7][i % 3]!);
    return { width, height, data };
  };

  it('samples between pixels', () => {
    const levels = out();
    const placement = inverse(turned(30, 0.8, 40, 50));
    new Warper().warp(ramp(100, 100), placement, chip, levels);
    for (let v = 0; v < chip.height; v++) {
      for (let u = 0; u < chip.width; u++) {
        const [x, y] = apply(inverse(placement), [u, v]);
        assert.ok(Math.abs(levels[v * 8 + u]! - x) < 1e-3 && Math.abs(levels[48 + v * 8 + u]! - y) < 1e-3);
      }
    }
  });

  for (const scale of [2.4, 5.3]) {
    it(`stays in place to half a level when it averages first (${scale} pixels to one)`, () => {
      const levels = out();
      const placement = inverse(turned(30, scale, 120, 100));
      new Warper().warp(ramp(200, 200), placement, chip, levels);
      for (let v = 0; v < chip.height; v++) {
        for (let u = 0; u < chip.width; u++) {
          const [x, y] = apply(inverse(placement), [u, v]);
          assert.ok(Math.abs(levels[v * 8 + u]! - x) < 0.6 && Math.abs(levels[48 + v * 8 + u]! - y) < 0.6, `${u},${v}: ${levels[v * 8 + u]} for ${x}`);
        }
      }
    });
  }

  it('turns detail finer than the chip into its mean, not into noise', () => {
    const data = new Uint8Array(400 * 400 * 3).map((_, i) => (Math.floor(i / 3) % 2 === 0 ? 0 : 200));
    const levels = out();
    new Warper().warp({ width: 400, height: 400, data }, inverse(turned(0, 40, 20, 20)), chip, levels);
    for (const level of levels) assert.ok(Math.abs(level - 100) <= 6, String(level));
  });

  it('is grey beyond the picture', () => {
    const levels = out();
    new Warper().warp(ramp(10, 10), inverse({ a: 1, b: 0, tx: -4, ty: 100 }), chip, levels);
    assert.ok(levels.every((level) => level === 128));
    new Warper().warp(ramp(10, 10), inverse({ a: 1, b: 0, tx: -4, ty: 0 }), chip, levels);
    assert.deepEqual([...levels.subarray(0, 8)], [128, 128, 128, 128, 0, 1, 2, 3]);
  });

  it('may use one warper for faces of every size in turn', () => {
    const warper = new Warper();
    const [small, large, again] = [out(), out(), out()];
    warper.warp(ramp(200, 200), inverse(turned(0, 3, 10, 10)), chip, small);
    warper.warp(ramp(200, 200), inverse(turned(0, 20, 10, 10)), chip, large);
    warper.warp(ramp(200, 200), inverse(turned(0, 3, 10, 10)), chip, again);
    assert.deepEqual(again, small);
  });
});
