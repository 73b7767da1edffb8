import sharp, { type Metadata } from 'sharp';
import { GlimpseError } from '../errors.js';
import { endsEarly, isAnimatedPng, sniff, type Format } from './format.js';
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
  try {
    const header = await sharp(encoded, { limitInputPixels: false }).metadata();
    checkStill(encoded, format, header);
    checkPixels('encoded', header.width, header.height, maxPixels);
    return await readPixels(encoded, header);
  } catch (cause) {
    throw cause instanceof GlimpseError ? cause : unreadable(encoded, format, cause);
  }
}

function checkStill(encoded: Uint8Array, format: Format, header: Metadata): void {
  const animated = format === 'png' ? isAnimatedPng(encoded) : (header.pages ?? 1) > 1;
  if (animated) throw refuse('ANIMATED', 'the picture is animated; it does not say which frame is meant', 'send the one frame that is meant');
}

async function readPixels(encoded: Uint8Array, header: Metadata): Promise<Picture> {
  let pipeline = sharp(encoded, { failOn: 'warning', limitInputPixels: false, ignoreIcc: header.space !== 'cmyk' });
  if ((header.orientation ?? 1) > 1) pipeline = pipeline.autoOrient();
  if (header.hasAlpha) pipeline = pipeline.flatten({ background: BACKGROUND });
  const { data, info } = await pipeline.toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`${info.channels} channels after conversion to sRGB`);
  return { width: info.width, height: info.height, data: plain(data) };
}

/** libvips says in prose what is wrong; what a caller can act on is whether the end is missing. */
function unreadable(encoded: Uint8Array, format: Format, cause: unknown): GlimpseError {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/premature end of JPEG image/i.test(text) || endsEarly(encoded, format)) {
    return refuse('TRUNCATED', 'the picture ends before its last row', 'send the whole file', cause);
  }
  return refuse('CORRUPT', 'the picture is damaged and cannot be decoded', 'encode it again', cause);
}

const refuse = (reason: string, message: string, cure: string, cause?: unknown): GlimpseError =>
  undecodable('encoded', reason, message, cure, cause);
