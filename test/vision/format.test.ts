import assert from 'node:assert/strict';
import sharp, { type Sharp } from 'sharp';
import { readHeader, sniff } from '../../src/vision/format.js';

const picture = (channels: 3 | 4 = 3): Sharp => sharp({ create: { width: 301, height: 47, channels, background: { r: 9, g: 90, b: 200, alpha: 0.5 } } });

describe('reading a header', () => {
  for (const [name, make] of [
    ['JPEG', picture().jpeg()],
    ['progressive JPEG', picture().jpeg({ progressive: true })],
    ['JPEG with EXIF and a colour profile', picture().withMetadata({ orientation: 3 }).jpeg()],
    ['PNG', picture().png()],
    ['PNG with alpha', picture(4).png()],
    ['WebP', picture().webp()],
    ['lossless WebP', picture().webp({ lossless: true })],
    ['WebP with alpha', picture(4).webp()],
  ] as const) {
    it(`finds the size of a ${name}`, async () => {
      const file = await make.toBuffer();
      const format = sniff(file);
      assert.ok(format);
      assert.deepEqual(readHeader(file, format), { format, width: 301, height: 47, animated: false, cmyk: false });
    });
  }

  it('tells CMYK from light', async () => {
    const file = await sharp(await picture().png().toBuffer()).toColourspace('cmyk').jpeg().toBuffer();
    const header = readHeader(file, 'jpeg');
    assert.ok(typeof header === 'object' && header.cmyk);
  });

  it('says whether a file ends or makes no sense before its size', async () => {
    const jpeg = await picture().jpeg().toBuffer();
    assert.equal(readHeader(jpeg.subarray(0, 12), 'jpeg'), 'ends early');
    assert.equal(readHeader(Buffer.concat([jpeg.subarray(0, 2), Buffer.alloc(50, 1)]), 'jpeg'), 'makes no sense');
    const webp = await picture().webp().toBuffer();
    assert.equal(readHeader(webp.subarray(0, 20), 'webp'), 'ends early');
  });

  it('tells formats by their first bytes alone', () => {
    assert.equal(sniff(Buffer.from('RIFF....WAVE')), undefined);
    assert.equal(sniff(Buffer.from('RIFF....WEBP')), 'webp');
    assert.equal(sniff(new Uint8Array([0xff, 0xd8])), undefined);
  });
});
