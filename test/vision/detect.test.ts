import assert from 'node:assert/strict';
import type { Box, DetectedFace, Landmarks } from '../../src/types.js';
import { agreed } from '../../src/vision/agree.js';
import { choose, iou, suppress } from '../../src/vision/boxes.js';
import { Detector } from '../../src/vision/detect.js';
import { decodeMap } from '../../src/vision/maps.js';
import type { DetectorSettings, Network, Tensor } from '../../src/vision/ports.js';

const CHANNELS = 20;
const box = (x: number, y: number, width: number, height: number): Box => ({ x, y, width, height });

/** A map of `rows`×`columns` cells, all 0 but one. */
function mapWith(rows: number, columns: number, [row, column]: readonly [number, number], values: readonly number[]): Tensor {
  const data = new Float32Array(CHANNELS * rows * columns);
  values.forEach((value, channel) => (data[channel * rows * columns + row * columns + column] = value));
  return { data, shape: [1, CHANNELS, rows, columns] };
}

const CELL = [0.9, 1, 0.5, 2, 1.5, -0.5, 0, 0.5, 0, 0, 0.5, -0.25, 1, 0.25, 1, 1, 0.75, 0.5, 0.25, 0];

describe('decoding a detector map', () => {
  it('measures box and landmarks from the cell centre, in strides', () => {
    // Stride 16, cell in row 2, column 3: centre (56, 40).
    const [face, ...others] = decodeMap(mapWith(4, 5, [2, 3], CELL), 16, 0.5);
    assert.deepEqual(others, []);
    assert.deepEqual(face?.box, box(40, 32, 48, 32));
    assert.deepEqual(face.landmarks.map(({ x, y, visibility }) => [x, y, visibility]), [
      [48, 40, 1], [64, 40, 0.75], [56, 48, 0.5], [52, 56, 0.25], [60, 56, 0],
    ]);
    assert.equal(face.score, Math.fround(0.9));
  });

  it('keeps a score that equals the limit and drops one below', () => {
    const map = mapWith(1, 1, [0, 0], [0.5, ...CELL.slice(1)]);
    assert.equal(decodeMap(map, 8, 0.5).length, 1);
    assert.equal(decodeMap(map, 8, 0.51).length, 0);
  });

  it('refuses a map of another shape', () => {
    assert.throws(() => decodeMap({ data: new Float32Array(30), shape: [1, 15, 1, 2] }, 8, 0.5), /1×15×1×2/);
  });
});

describe('overlaps', () => {
  it('are shared area over joint area', () => {
    assert.equal(iou(box(0, 0, 10, 10), box(5, 0, 10, 10)), 50 / 150);
    assert.equal(iou(box(0, 0, 10, 10), box(10, 0, 10, 10)), 0);
    assert.equal(iou(box(2, 2, 4, 4), box(2, 2, 4, 4)), 1);
  });

  it('are suppressed best first; a face beside a suppressed one stays', () => {
    const a = { box: box(0, 0, 10, 10), score: 0.8 };
    const b = { box: box(4, 0, 10, 10), score: 0.9 }; // IoU with a: 60 / 140 = 0.43
    const c = { box: box(-4, 0, 10, 10), score: 0.7 }; // with a 0.43, with b 20 / 180
    assert.deepEqual(suppress([a, b, c], 0.4), [b, c]);
    const all = suppress([a, b, c], 0.45).map(({ box, score }) => ({ box, score: Number(score.toFixed(6)) }));
    assert.deepEqual(all, [b, { ...a, score: 0.632 }, { ...c, score: 0.553 }]); // a shares 0.6 of itself with b, c with a
  });

  it('cost nothing where nothing is shared, not even with a box of no size', () => {
    const [face, nothing] = [{ box: box(0, 0, 10, 10), score: 0.9 }, { box: box(5, 5, 0, 0), score: 0.8 }];
    assert.deepEqual(suppress([face, nothing], 0.4), [face, nothing]);
  });

  it('cost the worse face some of its score once they are more than 0.3 of the smaller box', () => {
    const large = { box: box(0, 0, 20, 20), score: 0.9 };
    const within = { box: box(4, 4, 10, 10), score: 0.8 }; // wholly inside, IoU 100 / 400
    const beside = { box: box(17, 0, 10, 10), score: 0.7 }; // shares 0.3 with the large one, nothing with the other
    const between = { box: box(10, 0, 10, 10), score: 0.6 }; // wholly in the large one, shares 0.24 and 0.3 with the others
    const scores = suppress([between, beside, within, large], 0.4).map(({ score }) => Number(score.toFixed(6)));
    assert.deepEqual(scores, [0.9, 0.408, 0.7, 0.306]); // 0.8 · (1 - 0.7 · 0.7), 0.6 · (1 - 0.7 · 0.7)
  });
});

describe('landmarks', () => {
  const at = (x: number, visibility: number): Landmarks => {
    const landmark = { x, y: 2 * x, visibility };
    return [landmark, landmark, landmark, landmark, landmark];
  };

  it('lie at the mean of what the cells give that saw the face, weighted by their scores', () => {
    const best = { box: box(0, 0, 10, 10), score: 0.9, landmarks: at(4, 1) };
    const nearby = { box: box(1, 0, 10, 10), score: 0.7, landmarks: at(6, 0) }; // IoU 90 / 110
    const unsure = { box: box(0, 0, 10, 10), score: 0.6, landmarks: at(100, 0) }; // below 0.7 * 0.9
    const beside = { box: box(5, 0, 10, 10), score: 0.9, landmarks: at(100, 0) }; // IoU 50 / 150
    const { box: same, score, landmarks } = agreed(best, [beside, nearby, best, unsure]);
    const expected = (0.9 * 4 + 0.7 * 6) / 1.6;
    assert.deepEqual([same, score], [best.box, best.score]);
    for (const { x, y, visibility } of landmarks) {
      assert.ok(Math.abs(x - expected) < 1e-9 && Math.abs(y - 2 * expected) < 1e-9);
      assert.equal(visibility, 1);
    }
  });

  it('of a face that one cell alone saw stay where it puts them', () => {
    const face = { box: box(0, 0, 10, 10), score: 0.5, landmarks: at(4, 0.25) };
    assert.deepEqual(agreed(face, [face]), face);
  });
});

describe('choosing faces', () => {
  const landmark = { x: 0, y: 0, visibility: 1 };
  const landmarks: Landmarks = [landmark, landmark, landmark, landmark, landmark];
  const faces = [box(0, 0, 50, 50), box(100, 0, 30, 30), box(140, 0, 20, 20)].map((b): DetectedFace => ({ box: b, landmarks, score: 1 }));

  it('takes all, the largest, or the one that overlaps a box most', () => {
    assert.deepEqual(choose(faces, 'ALL'), faces);
    assert.deepEqual(choose(faces, 'LARGEST'), faces.slice(0, 1));
    assert.deepEqual(choose(faces, 'ONLY'), faces.slice(0, 1));
    assert.deepEqual(choose(faces, { box: box(120, 0, 35, 30) }), faces.slice(2));
  });

  it('takes none when the box overlaps none', () => {
    assert.deepEqual(choose(faces, { box: box(300, 300, 10, 10) }), []);
  });
});

describe('the detector', () => {
  const settings: DetectorSettings = {
    input: { colour: 'BGR', mean: [10, 20, 30], scale: [1, 2, 3], multiple: 32 },
    outputs: [{ stride: 32, name: 'coarse' }],
    score: 0.5,
    nmsIou: 0.4,
  };

  /** Answers with one face in the cell in row 1, column 0, and keeps what it was fed. */
  class Fake implements Network {
    fed: Tensor = { data: new Float32Array(0), shape: [] };

    run(input: Tensor): Promise<Tensor[]> {
      this.fed = { data: input.data.slice(), shape: input.shape };
      const [, , height = 0, width = 0] = input.shape;
      return Promise.resolve([mapWith(height / 32, width / 32, [1, 0], CELL)]);
    }
  }

  it('feeds planes in the order of the contract, grey beyond the picture', async () => {
    const network = new Fake();
    const picture = { width: 64, height: 40, data: new Uint8Array(64 * 40 * 3).map((_, i) => [50, 60, 70][i % 3] ?? 0) };
    await new Detector(network, settings, { size: 64 }).detect(picture);
    assert.deepEqual(network.fed.shape, [1, 3, 64, 64]);
    const at = (channel: number, y: number, x: number): number | undefined => network.fed.data[(channel * 64 + y) * 64 + x];
    assert.deepEqual([0, 1, 2].map((channel) => at(channel, 39, 63)), [70 - 10, (60 - 20) * 2, (50 - 30) * 3]);
    assert.deepEqual([0, 1, 2].map((channel) => at(channel, 40, 0)), [128 - 10, (128 - 20) * 2, (128 - 30) * 3]);
  });

  it('looks at `size` and answers in pixels of the picture, boxes cut at its edge', async () => {
    const picture = { width: 256, height: 192, data: new Uint8Array(256 * 192 * 3) };
    const [face] = await new Detector(new Fake(), settings, { size: 128 }).detect(picture);
    // In the network: centre (16, 48), box from (-16, 32) to (80, 96); the picture is twice as large.
    assert.deepEqual(face?.box, box(0, 64, 160, 128));
    assert.deepEqual([face.landmarks[0].x, face.landmarks[0].y], [0, 96]);
  });

  it('looks again at half the size when it found nothing: a face may fill the picture', async () => {
    const widths: (number | undefined)[] = [];
    /** Sees nothing in its first look. */
    const blind: Network = {
      run: async (input) => {
        widths.push(input.shape[3]);
        const maps = await new Fake().run(input);
        return widths.length > 1 ? maps : maps.map(({ data, shape }) => ({ data: new Float32Array(data.length), shape }));
      },
    };
    const [face] = await new Detector(blind, settings, { size: 256 }).detect({ width: 512, height: 512, data: new Uint8Array(512 * 512 * 3) });
    assert.deepEqual(widths, [256, 128]);
    // Centre (16, 48) at a quarter of the picture's size.
    assert.deepEqual([face?.landmarks[0].x, face?.landmarks[0].y], [0, 192]);
  });

  it('enlarges a small picture twice at most', async () => {
    const network = new Fake();
    await new Detector(network, settings, { size: 640 }).detect({ width: 64, height: 64, data: new Uint8Array(64 * 64 * 3) });
    assert.deepEqual(network.fed.shape, [1, 3, 128, 128]);
  });

  it('feeds fresh grey when the next picture has another shape', async () => {
    const network = new Fake();
    const detector = new Detector(network, settings, { size: 64 });
    await detector.detect({ width: 64, height: 64, data: new Uint8Array(64 * 64 * 3) });
    await detector.detect({ width: 64, height: 36, data: new Uint8Array(64 * 36 * 3) });
    assert.equal(network.fed.data[63 * 64], 128 - 10);
  });
});
