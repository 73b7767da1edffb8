import assert from 'node:assert/strict';
import { compare, COLUMNS, matchUps, type Embeddings } from '../../bench/eval/columns.js';
import { identities } from '../../bench/eval/identities.js';
import { CHIP, CHIP_GEOMETRY, FACTORS, patchOf, show, toChip, variantIndex, variants } from '../../bench/eval/protocol.js';

const grey = 128;
/** Every pixel of the chip has a colour of its own. */
const chip = { width: CHIP, height: CHIP, data: Uint8Array.from({ length: CHIP * CHIP * 3 }, (_, i) => [Math.floor(i / 3) % CHIP, Math.floor(i / 3 / CHIP), 200][i % 3] ?? 0) };
const pixel = ({ data }: { data: Uint8Array }, x: number, y: number): number[] => [...data.subarray((y * CHIP + x) * 3, (y * CHIP + x) * 3 + 3)];
const shown = ({ data }: { data: Uint8Array }): number => Array.from({ length: CHIP * CHIP }, (_, i) => data[i * 3 + 2]).filter((blue) => blue === 200).length;

describe('the PartialLFW patches', () => {
  it('have the size and place that the protocol gives', () => {
    // Left eye: x = (0.3 + 0.2194) / 1.6 · 160 = 51.94, y = 48.71 + 15; f = 0.1: ±27, ±20.5.
    assert.deepEqual(patchOf({ part: 'leftEye', factor: 0.1, centred: false }), { left: 25, top: 43, right: 79, bottom: 84, dx: 0, dy: 0 });
    // Mouth: x = 79.71, y = 106.33 + 15; f = 0.3: ±51, ±41.5; the chip ends at 160.
    assert.deepEqual(patchOf({ part: 'mouth', factor: 0.3, centred: true }), { left: 29, top: 80, right: 131, bottom: 160, dx: 0, dy: -41 });
  });

  it('are all that is left, in their place', () => {
    const picture = show(chip, { part: 'leftEye', factor: 0.1, centred: false });
    assert.equal(shown(picture), 54 * 41);
    assert.deepEqual(pixel(picture, 25, 43), [25, 43, 200]);
    assert.deepEqual(pixel(picture, 78, 83), [78, 83, 200]);
    for (const [x, y] of [[24, 43], [79, 43], [25, 42], [25, 84]] as const) assert.deepEqual(pixel(picture, x, y), [grey, grey, grey]);
  });

  it('are moved to the middle, where they are centred', () => {
    const picture = show(chip, { part: 'leftEye', factor: 0.1, centred: true });
    // From (51.94, 63.71) to (80, 80).
    assert.deepEqual(pixel(picture, 25 + 28, 43 + 16), [25, 43, 200]);
    assert.equal(shown(picture), 54 * 41);
    // A part that touches the chip's edge loses nothing when it moves inwards, and stays as wide as it was.
    const mouth = show(chip, { part: 'mouth', factor: 0.5, centred: true });
    const { left, right, top, bottom } = patchOf({ part: 'mouth', factor: 0.5, centred: true });
    assert.equal(shown(mouth), (right - left) * (bottom - top));
  });

  it('leave a whole chip alone', () => {
    assert.equal(show(chip, 'whole'), chip);
  });

  it('have an index each', () => {
    const all = variants(FACTORS);
    assert.equal(all.length, 1 + 9 * 4 * 2);
    all.forEach((variant, i) => assert.equal(variantIndex(FACTORS, variant), i));
  });
});

describe('the chip', () => {
  it('has the middle of the eyes at (80, 64), whatever the photograph', () => {
    // White dots on the eyes of a turned, smaller face.
    const eyes = [[60, 70], [100, 90]] as const;
    const photograph = { width: 200, height: 200, data: new Uint8Array(200 * 200 * 3) };
    for (let i = 0; i < 9; i++) {
      for (const [x, y] of eyes) photograph.data.fill(255, ((y + Math.floor(i / 3) - 1) * 200 + x + (i % 3) - 1) * 3, ((y + Math.floor(i / 3) - 1) * 200 + x + (i % 3)) * 3);
    }
    const made = toChip(photograph, [...eyes, [72, 104], [55, 110], [88, 126]]);
    const lit = Array.from({ length: CHIP * CHIP }, (_, i) => i).filter((i) => (made.data[i * 3] ?? 0) > 180);
    const middle = [lit.reduce((sum, i) => sum + (i % CHIP), 0) / lit.length, lit.reduce((sum, i) => sum + Math.floor(i / CHIP), 0) / lit.length];
    assert.ok(Math.hypot((middle[0] ?? 0) - 80, (middle[1] ?? 0) - 64) < 0.6, middle.join());
    assert.ok(Math.abs(CHIP_GEOMETRY.eyeDistance - 55.53) < 1e-9);
  });
});

describe('the columns', () => {
  it('compare the parts that the protocol names', () => {
    assert.deepEqual(COLUMNS.map((column) => matchUps(column).length), [1, 3, 3, 4, 3, 3, 4]);
    assert.deepEqual(matchUps('centredPartialCross').at(-1), ['nose', 'mouth']);
  });

  it('take a pair both ways round when its variants differ', () => {
    // Two pictures, two variants, one dimension.
    const embeddings: Embeddings = { vectors: Float32Array.of(1, 2, 3, 5), dimensions: 1, variants: 2 };
    const pairs = [{ fold: 1, a: 0, b: 1, same: true }];
    assert.deepEqual(compare(pairs, embeddings, 0, 0).map(({ score }) => score), [3]);
    assert.deepEqual(compare(pairs, embeddings, 0, 1).map(({ score }) => score), [5, 6]);
  });
});

describe('identities from pairs', () => {
  const same = (a: number, b: number): { fold: number; a: number; b: number; same: boolean } => ({ fold: 1, a, b, same: true });

  it('join what pairs join, and what stands between', () => {
    assert.deepEqual(identities(8, [same(0, 1), same(3, 6), same(4, 5)]), [0, 0, -1, 3, 3, 3, 3, -1]);
  });

  it('do without the order where a pair contradicts it', () => {
    const pairs = [same(0, 3), same(1, 2), { fold: 1, a: 0, b: 1, same: false }];
    assert.deepEqual(identities(4, pairs), [0, 1, 1, 0]);
  });
});
