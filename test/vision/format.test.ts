import assert from 'node:assert/strict';
import sharp, { type Sharp } from 'sharp';
import { endsEarly, readHeader, sniff } from '../../src/vision/format.js';

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

describe('the end of a file', () => {
  for (const [format, make] of [
    ['jpeg', picture().jpeg()],
    ['jpeg', picture().jpeg({ progressive: true })],
    ['png', picture().png()],
    ['webp', picture().webp()],
  ] as const) {
    it(`is missed wherever a ${format} was cut`, async () => {
      const file = await make.toBuffer();
      assert.equal(endsEarly(file, format), false);
      for (const share of [0.3, 0.6, 0.9, 0.999]) assert.equal(endsEarly(file.subarray(0, Math.floor(file.length * share)), format), true, `${share}`);
    });
  }

  it('of a JPEG is not that of the thumbnail inside it', async () => {
    const file = await picture().jpeg().toBuffer();
    const thumbnail = Buffer.from([0xff, 0xe1, 0, 8, 0xff, 0xda, 0, 0, 0xff, 0xd9]);
    const nested = Buffer.concat([file.subarray(0, 2), thumbnail, file.subarray(2)]);
    assert.equal(endsEarly(nested, 'jpeg'), false);
    assert.equal(endsEarly(nested.subarray(0, nested.length - 2), 'jpeg'), true);
  });
});
