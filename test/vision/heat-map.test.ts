import assert from 'node:assert/strict';
import sharp from 'sharp';
import { heatMap } from '../../src/vision/heat-map.js';

describe('the heat map', () => {
  const chip = { width: 32, height: 32 };
  const grid = { width: 4, height: 4 };
  const grey = new Uint8Array(3 * 32 * 32).fill(100);

  it('is bright where the network looked, dark where it did not', async () => {
    const gaze = new Float32Array(16);
    gaze[5] = 0.3; // second row, second column
    const { data, info } = await sharp(await heatMap(grey, chip, gaze, grid)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height], [32, 32]);
    const light = (x: number, y: number): number => [0, 1, 2].reduce((sum, channel) => sum + (data[(y * 32 + x) * 3 + channel] ?? 0), 0);
    assert.ok(light(12, 12) > 2 * light(28, 28), `${light(12, 12)} and ${light(28, 28)}`);
  });

  it('stands for a network that looked nowhere', async () => {
    assert.equal((await sharp(await heatMap(grey, chip, new Float32Array(16), grid)).metadata()).format, 'webp');
  });
});
