import sharp from 'sharp';
import type { GlimpseError } from '../errors.js';
import { endsEarly, readHeader, sniff, type Format, type Header } from './format.js';
import { checkPixels, plain, undecodable, type Picture } from './picture.js';

// A worker thread decodes one picture at a time, and never the same one twice.
sharp.concurrency(1);
sharp.cache(false);

/** Behind transparent pixels: the grey that the networks see beyond a picture's edge. */
const BACKGROUND = { r: 128, g: 128, b: 128 };

/**
 * A whole JPEG, PNG or WebP file → RGB, upright. Every kind of pixel comes out as 8-bit RGB: CMYK, grey, palette, 16-bit, with alpha.
 * Colour profiles are applied to CMYK alone: a face is recognised without them, and they would triple the time of decoding.
 * Throws GlimpseError `undecodable`, reason EMPTY, UNSUPPORTED_FORMAT, ANIMATED, TOO_MANY_PIXELS, TRUNCATED or CORRUPT.
 */
export async function decode(encoded: Uint8Array, maxPixels: number): Promise<Picture> {
  if (encoded.length === 0) throw refuse('EMPTY', 'the picture has no bytes', 'send the bytes of a JPEG, PNG or WebP file');
  const format = sniff(encoded);
  if (format === undefined) {
    throw refuse('UNSUPPORTED_FORMAT', 'the picture is no JPEG, PNG or WebP file', 'convert it to JPEG, PNG or WebP');
  }
  const header = readHeader(encoded, format);
  if (typeof header === 'string') throw header === 'ends early' ? truncated() : unreadable(encoded, format, header);
  if (header.animated) {
    throw refuse('ANIMATED', 'the picture is animated; it does not say which frame is meant', 'send the one frame that is meant');
  }
  checkPixels('encoded', header.width, header.height, maxPixels);
  try {
    return await readPixels(encoded, header);
  } catch (cause) {
    throw unreadable(encoded, format, cause);
  }
}

async function readPixels(encoded: Uint8Array, { width, height, cmyk }: Header): Promise<Picture> {
  // The limit once more: should libvips find another size than the header's, it stops there too.
  const pipeline = sharp(encoded, { failOn: 'warning', limitInputPixels: width * height, ignoreIcc: !cmyk, sequentialRead: false });
  const upright = pipeline.autoOrient().flatten({ background: BACKGROUND }).toColourspace('srgb');
  const { data, info } = await upright.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`${info.channels} channels after conversion to sRGB`);
  return { width: info.width, height: info.height, data: plain(data) };
}

/**
 * What a caller can act on is whether the end is missing. Read off the file, not off libvips' words: its error text is one for the
 * whole process, and another thread may have taken it.
 */
function unreadable(encoded: Uint8Array, format: Format, cause: unknown): GlimpseError {
  if (endsEarly(encoded, format)) return truncated(cause);
  return refuse('CORRUPT', 'the picture is damaged and cannot be decoded', 'encode it again', cause);
}

const truncated = (cause?: unknown): GlimpseError => refuse('TRUNCATED', 'the picture ends before its last row', 'send the whole file', cause);

const refuse = (reason: string, message: string, cure: string, cause?: unknown): GlimpseError =>
  undecodable('encoded', reason, message, cure, cause);
