import assert from 'node:assert/strict';
import { REGIONS, type DetectedFace, type Region } from '../../src/types.js';
import type { AlignmentSettings, Point } from '../../src/vision/ports.js';
import { gaze, hide, landmarksInChip, massByRegion, regionsOf } from '../../src/vision/regions.js';

const CHIP = { width: 112, height: 112 };
const GRID = { width: 14, height: 14 };
const ALIGNMENT: AlignmentSettings = {
  template: [[36.358, 34.097], [75.229, 34.097], [55.797, 58.359], [43.449, 74.431], [68.145, 74.431]],
  eyesMidpoint: [56, 44.8],
  fill: 128,
};
/** A face that looks straight ahead, in the chip. */
const STRAIGHT: Point[] = ALIGNMENT.template.map(([x, y]) => [x + 0.2065, y + 10.703]);

const regionAt = (cells: Uint8Array, [x, y]: Point): Region => REGIONS[cells[Math.floor(y / 8) * 14 + Math.floor(x / 8)] ?? 0] as Region;
const rotated = ([x, y]: Point, degrees: number): Point => {
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  return [56 + (x - 56) * cos - (y - 56) * sin, 56 + (x - 56) * sin + (y - 56) * cos];
};

describe('the regions of a face', () => {
  const places: [Region, Point][] = [
    ['EYES', [36, 44]], ['EYES', [76, 44]], ['NOSE', [56, 68]], ['MOUTH', [56, 84]], ['MOUTH', [44, 86]], ['CHEEKS', [28, 68]], ['CHEEKS', [84, 68]],
    ['FOREHEAD', [56, 12]], ['FOREHEAD', [40, 20]], ['FOREHEAD', [72, 20]], ['ELSEWHERE', [4, 4]], ['ELSEWHERE', [108, 108]], ['ELSEWHERE', [4, 108]], ['ELSEWHERE', [56, 110]],
  ];
  const cells = regionsOf(STRAIGHT, CHIP, GRID);
  for (const [region, at] of places) {
    it(`has ${region} at ${at.join(', ')}`, () => assert.equal(regionAt(cells, at), region));
  }

  it('are the same on both sides of a straight face', () => {
    const mirrored = Uint8Array.from(cells, (_, cell) => cells[Math.floor(cell / 14) * 14 + 13 - (cell % 14)] ?? 0);
    assert.ok(cells.filter((region, cell) => region !== mirrored[cell]).length <= 4, 'all but the cells that the half pixel of the template decides');
  });

  it('turn with the landmarks', () => {
    const upsideDown = regionsOf(STRAIGHT.map((point) => rotated(point, 180)), CHIP, GRID);
    assert.equal(regionAt(upsideDown, [56, 100]), 'FOREHEAD');
    assert.equal(regionAt(upsideDown, [56, 28]), 'MOUTH');
    const quarter = regionsOf(STRAIGHT.map((point) => rotated(point, 90)), CHIP, GRID);
    assert.equal(regionAt(quarter, rotated([56, 12], 90)), 'FOREHEAD');
    assert.equal(regionAt(quarter, rotated([28, 68], 90)), 'CHEEKS');
  });

  it('stand when all landmarks are one point', () => {
    const found = regionsOf(STRAIGHT.map(() => [56, 56] as const), CHIP, GRID);
    assert.equal(found.length, 196);
    assert.equal(regionAt(found, [4, 4]), 'ELSEWHERE');
  });
});

describe('landmarks in the chip', () => {
  const face = (visible: readonly number[]): DetectedFace => ({
    box: { x: 100, y: 100, width: 140, height: 160 },
    landmarks: STRAIGHT.map(([x, y], i) => ({ x: 100 + 1.5 * x, y: 100 + 1.5 * y, visibility: visible[i] ?? 1 })) as unknown as DetectedFace['landmarks'],
    score: 1,
  });

  it('lie where the warp takes them', () => {
    landmarksInChip(face([]), ALIGNMENT).forEach(([x, y], i) => {
      assert.ok(Math.hypot(x - (STRAIGHT[i]?.[0] ?? 0), y - (STRAIGHT[i]?.[1] ?? 0)) < 0.1);
    });
  });

  it('lie where the template has them when they are hidden', () => {
    const hidden = face([1, 1, 1, 0, 0]);
    const guessed = { ...hidden, landmarks: hidden.landmarks.map((point, i) => (i >= 3 ? { ...point, x: 0, y: 0 } : point)) as unknown as DetectedFace['landmarks'] };
    const [, , , left] = landmarksInChip(guessed, ALIGNMENT);
    assert.ok(Math.hypot((left?.[0] ?? 0) - 43.6555, (left?.[1] ?? 0) - 85.134) < 1e-9);
  });
});

describe('attention over the regions', () => {
  /** Two maps of four cells; the cells are eyes, eyes, mouth, elsewhere. */
  const cells = Uint8Array.from([0, 0, 2, 5]);
  const attention = Float32Array.from([0.5, 0.25, 0.25, 0, 0, 0, 0.2, 0.6]);

  it('counts each map for itself', () => {
    const mass = massByRegion(attention, cells);
    const expected = [0.75, 0, 0.25, 0, 0, 0, 0, 0, 0.25, 0, 0, 0.75];
    expected.forEach((value, i) => assert.ok(Math.abs((mass[i] ?? 0) - value) < 1e-6, `place ${i}`));
  });

  it('says nothing of a map that is dark everywhere', () => {
    assert.ok(massByRegion(new Float32Array(4), cells).every((value) => Math.abs(value - 1 / 6) < 1e-6));
  });

  it('adds the maps up by importance', () => {
    const sum = gaze(attention, Float32Array.from([0.75, 0.25]));
    const expected = [0.375, 0.1875, 0.1875 + 0.0625, 0.1875];
    expected.forEach((value, i) => assert.ok(Math.abs((sum[i] ?? 0) - value) < 1e-6, `cell ${i}`));
    assert.ok(Math.abs(sum.reduce((a, b) => a + b, 0) - 1) < 1e-6);
  });
});

describe('hiding a region', () => {
  it('overwrites its cells in every plane, and nothing else', () => {
    const planes = Float32Array.from({ length: 3 * 16 }, (_, i) => i);
    hide(planes, { chip: { width: 4, height: 4 }, grid: { width: 2, height: 2 } }, (cell) => cell === 1, [-1, -2, -3]);
    const expected = Array.from({ length: 3 * 16 }, (_, i) => ([2, 3, 6, 7].includes(i % 16) ? -1 - Math.floor(i / 16) : i));
    assert.deepEqual([...planes], expected);
  });
});
