import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { photo } from './people.js';

/** Files that cannot be looked at, by the reason that is given for each. */
export async function badPictures(): Promise<Record<string, Buffer>> {
  const good = await photo(1);
  const jpeg = await sharp(good).jpeg().toBuffer();
  return {
    EMPTY: Buffer.alloc(0),
    UNSUPPORTED_FORMAT: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
    TRUNCATED: jpeg.subarray(0, jpeg.length / 2),
    CORRUPT: damaged(good),
    TOO_MANY_PIXELS: claiming(good, 10_000, 10_000),
    ANIMATED: await sharp([good, await photo(2)], { join: { animated: true } }).webp({ loop: 0 }).toBuffer(),
  };
}

/** A PNG whose pixels are not what its checksums say. */
function damaged(png: Buffer): Buffer {
  const copy = Buffer.from(png);
  const middle = copy.indexOf('IDAT') + 200;
  copy.fill(0x55, middle, middle + 64);
  return copy;
}

/** A PNG that says it is of this size: a decompression bomb in little. */
function claiming(png: Buffer, width: number, height: number): Buffer {
  const copy = Buffer.from(png);
  const header = copy.indexOf('IHDR');
  copy.writeUInt32BE(width, header + 4);
  copy.writeUInt32BE(height, header + 8);
  copy.writeUInt32BE(crc32(copy.subarray(header, header + 17)), header + 17);
  return copy;
}
