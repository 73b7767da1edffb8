import assert from 'node:assert/strict';
import { Fusion } from '../../src/track/fusion.js';

const MAPS = 3;
const DIMENSIONS = 4;
/** Map k says `axis[k]`: a unit vector along that axis. */
const parts = (...axes: readonly number[]): Float32Array =>
  Float32Array.from({ length: MAPS * DIMENSIONS }, (_, i) => (axes[Math.floor(i / DIMENSIONS)] === i % DIMENSIONS ? 1 : 0));
function view(importance: readonly number[], said: Float32Array, quality = 1) {
  const sum = Float32Array.from({ length: DIMENSIONS }, (_, i) => importance.reduce((total, s, map) => total + s * (said[map * DIMENSIONS + i] ?? 0), 0));
  const length = Math.hypot(...sum);
  return { embedding: sum.map((value) => value / length), importance: Float32Array.from(importance), parts: said, quality };
}

describe('fusing the frames of a face', () => {
  it('gives a template of unit length', () => {
    const fusion = new Fusion(MAPS, DIMENSIONS);
    fusion.add(view([0.7, 0.2, 0.1], parts(0, 1, 2)));
    assert.ok(Math.abs(Math.hypot(...fusion.template()) - 1) < 1e-6);
  });

  it('does not let what was seen often drown what was seen once', () => {
    const fusion = new Fusion(MAPS, DIMENSIONS);
    for (let i = 0; i < 50; i++) fusion.add(view([1, 0, 0], parts(0, 1, 2)));
    fusion.add(view([0, 1, 0], parts(0, 1, 2)));
    const [eye = 0, mouth = 0] = fusion.template();
    // In the mean of the embeddings it would be a fiftieth.
    assert.ok(mouth > eye / 3 && mouth < eye, `${eye} ${mouth}`);
  });

  it('believes a good frame more than a bad one', () => {
    const fusion = new Fusion(MAPS, DIMENSIONS);
    fusion.add(view([1, 0, 0], parts(0, 1, 2), 0.9));
    fusion.add(view([1, 0, 0], parts(3, 1, 2), 0.1));
    const template = fusion.template();
    assert.ok((template[0] ?? 0) > 5 * (template[3] ?? 0), template.join());
  });

  it('depends little on the order of the frames', () => {
    const views = [view([0.5, 0.3, 0.2], parts(0, 1, 2)), view([0.1, 0.1, 0.8], parts(1, 2, 3)), view([0.2, 0.8, 0], parts(0, 0, 1), 0.5)];
    const [forth, back] = [new Fusion(MAPS, DIMENSIONS), new Fusion(MAPS, DIMENSIONS)];
    for (const one of views) forth.add(one);
    for (const one of views.toReversed()) back.add(one);
    const alike = forth.template().reduce((sum, value, i) => sum + value * (back.template()[i] ?? NaN), 0);
    assert.ok(alike > 0.95, `${alike}`);
  });

  it('keeps what it has of a face when the same is seen for long', () => {
    const fusion = new Fusion(MAPS, DIMENSIONS);
    fusion.add(view([1, 0, 0], parts(0, 1, 2)));
    fusion.add(view([0, 1, 0], parts(0, 1, 2)));
    const before = [...fusion.template()];
    for (let i = 0; i < 5; i++) fusion.add(view([0.5, 0.5, 0], parts(0, 1, 2)));
    fusion.template().forEach((value, i) => assert.ok(Math.abs(value - (before[i] ?? NaN)) < 0.1));
  });

  it('has no template before the first frame', () => {
    assert.throws(() => new Fusion(MAPS, DIMENSIONS).template(), RangeError);
  });
});
