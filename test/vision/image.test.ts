import assert from 'node:assert/strict';
import sharp, { type Sharp } from 'sharp';
import { decode } from '../../src/vision/image.js';
import type { Picture } from '../../src/vision/picture.js';
import { generator, undecodable } from './support.js';

const LIMIT = 1_000_000;
const COLOUR = { r: 10, g: 100, b: 200 };

/** 30×20, left half of one colour, right half black. */
const halves = (): Sharp => {
  const black = { create: { width: 15, height: 20, channels: 3 as const, background: '#000' } };
  return sharp({ create: { width: 30, height: 20, channels: 3, background: COLOUR } }).composite([{ input: black, left: 15, top: 0 }]);
};
const asPng = async (picture: Sharp): Promise<Sharp> => sharp(await picture.png().toBuffer());
const pixel = ({ data, width }: Picture, x: number, y: number): number[] => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
const near = (found: number[], wanted: number[], tolerance: number): void =>
  assert.ok(found.every((value, i) => Math.abs(value - (wanted[i] ?? NaN)) <= tolerance), `${found.join()} is not ${wanted.join()} ± ${tolerance}`);

/** Detail everywhere, so that a cut or a flipped byte hits pixels. */
function noisy(): Sharp {
  const next = generator(1);
  return sharp(Uint8Array.from({ length: 100 * 80 * 3 }, () => next() * 256), { raw: { width: 100, height: 80, channels: 3 } });
}

describe('decoding a picture file', () => {
  for (const [name, encode, tolerance] of [
    ['JPEG', (s: Sharp) => s.jpeg({ quality: 100, chromaSubsampling: '4:4:4' }), 3],
    ['PNG', (s: Sharp) => s.png(), 0],
    ['lossless WebP', (s: Sharp) => s.webp({ lossless: true }), 0],
    ['palette PNG', (s: Sharp) => s.png({ palette: true }), 2],
    ['16-bit PNG', (s: Sharp) => s.toColourspace('rgb16').png(), 1],
  ] as const) {
    it(`gives the RGB pixels of a ${name}`, async () => {
      const picture = await decode(await encode(await asPng(halves())).toBuffer(), LIMIT);
      assert.deepEqual([picture.width, picture.height, picture.data.length], [30, 20, 1800]);
      near(pixel(picture, 3, 10), [10, 100, 200], tolerance);
      near(pixel(picture, 26, 10), [0, 0, 0], tolerance);
    });
  }

  it('brings CMYK to RGB, roughly: its inks cannot show every colour', async () => {
    const cmyk = await (await asPng(halves())).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    assert.equal((await sharp(cmyk).metadata()).channels, 4);
    const picture = await decode(cmyk, LIMIT);
    near(pixel(picture, 3, 10), [10, 100, 200], 60);
    assert.equal(picture.data.length, 1800);
  });

  for (const space of ['b-w', 'grey16'] as const) {
    it(`gives three equal channels for a grey picture (${space})`, async () => {
      const picture = await decode(await (await asPng(halves())).toColourspace(space).png().toBuffer(), LIMIT);
      const [red, green, blue] = pixel(picture, 3, 10);
      assert.ok(red === green && green === blue && red !== undefined && red > 60 && red < 160, String(red));
      assert.equal(picture.data.length, 1800);
    });
  }

  it('lays transparent pixels over grey', async () => {
    const clear = sharp({ create: { width: 4, height: 4, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } } });
    assert.deepEqual(pixel(await decode(await clear.png().toBuffer(), LIMIT), 1, 1), [128, 128, 128]);
  });

  it('turns a picture upright as its EXIF orientation says', async () => {
    const sideways = await (await asPng(halves())).jpeg({ quality: 100 }).withMetadata({ orientation: 6 }).toBuffer();
    const picture = await decode(sideways, LIMIT);
    assert.deepEqual([picture.width, picture.height], [20, 30]);
    // Orientation 6: the stored left edge is the top.
    near(pixel(picture, 10, 3), [10, 100, 200], 6);
    near(pixel(picture, 10, 26), [0, 0, 0], 6);
  });

  it('gives bytes that are copied, not shared, by slice', async () => {
    const { data } = await decode(await halves().png().toBuffer(), LIMIT);
    data.slice().fill(0);
    assert.equal(data[2], 200);
  });
});

describe('refusing a picture file', () => {
  it('names an empty one', async () => {
    await assert.rejects(decode(new Uint8Array(0), LIMIT), undecodable('EMPTY', 'encoded'));
  });

  it('names formats other than JPEG, PNG and WebP, whatever sharp could open', async () => {
    const gif = await halves().gif().toBuffer();
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    for (const file of [gif, svg, Buffer.from('hello')]) await assert.rejects(decode(file, LIMIT), undecodable('UNSUPPORTED_FORMAT', 'encoded'));
  });

  for (const [name, encode] of [
    ['JPEG', (s: Sharp) => s.jpeg()],
    ['PNG', (s: Sharp) => s.png()],
    ['WebP', (s: Sharp) => s.webp()],
  ] as const) {
    it(`names a truncated ${name}, wherever it is cut`, async () => {
      const file = await encode(noisy()).toBuffer();
      for (const share of [0.01, 0.2, 0.6, 0.95]) {
        await assert.rejects(decode(file.subarray(0, Math.max(12, Math.floor(file.length * share))), LIMIT), undecodable('TRUNCATED', 'encoded'));
      }
    });
  }

  for (const [name, encode] of [
    ['JPEG', (s: Sharp) => s.jpeg()],
    ['PNG', (s: Sharp) => s.png()],
  ] as const) {
    it(`names a ${name} with overwritten pixels`, async () => {
      const file = await encode(noisy()).toBuffer();
      for (let i = file.length >> 1; i < (file.length >> 1) + 200; i++) file[i] = i * 7919 + 13;
      await assert.rejects(decode(file, LIMIT), undecodable('CORRUPT', 'encoded'));
    });
  }

  it('names a WebP with an overwritten header', async () => {
    const file = await noisy().webp().toBuffer();
    await assert.rejects(decode(file.fill(7, 20, 26), LIMIT), undecodable('CORRUPT', 'encoded'));
  });

  it('names an animated WebP', async () => {
    const frames = [await halves().png().toBuffer(), await halves().negate().png().toBuffer()];
    const animation = await sharp(frames, { join: { animated: true } }).webp({ loop: 0, delay: [100, 100] }).toBuffer();
    await assert.rejects(decode(animation, LIMIT), undecodable('ANIMATED', 'encoded'));
  });

  it('names an animated PNG', async () => {
    const png = await halves().png().toBuffer();
    const control = Buffer.from([0, 0, 0, 8, ...Buffer.from('acTL'), 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]);
    const afterHeader = 8 + 25;
    const animation = Buffer.concat([png.subarray(0, afterHeader), control, png.subarray(afterHeader)]);
    await assert.rejects(decode(animation, LIMIT), undecodable('ANIMATED', 'encoded'));
  });

  it('refuses 100 megapixels from the header alone, before it decodes them', async () => {
    const small = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#fff' } }).png().toBuffer();
    const bomb = withPngSize(small, 10_000, 10_000);
    await assert.rejects(decode(bomb, 50_000_000), undecodable('TOO_MANY_PIXELS', 'encoded'));
  });
});

/** The same file with another size in its header (and the header's checksum put right): its pixels are not those of that size. */
function withPngSize(png: Buffer, width: number, height: number): Buffer {
  const changed = Buffer.from(png);
  changed.writeUInt32BE(width, 16);
  changed.writeUInt32BE(height, 20);
  changed.writeUInt32BE(crc32(changed.subarray(12, 29)), 29);
  return changed;
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
