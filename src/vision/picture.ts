import { GlimpseError } from '../errors.js';

/** An upright picture: 8-bit RGB, three bytes a pixel, rows packed. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** sharp gives Buffers, whose `slice` shares memory where a Uint8Array's copies: the same bytes as what they are declared to be. */
export function plain({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}

/** The error for a picture that cannot be used; `field` is relative to the proto's Image. */
export function undecodable(field: string, reason: string, message: string, cure: string, cause?: unknown): GlimpseError {
  return new GlimpseError('undecodable', message, { field, reason, cure }, cause);
}

/** Refuses a picture whose header promises more pixels than the server allows, before any of them is touched. */
export function checkPixels(field: string, width: number, height: number, maxPixels: number): void {
  if (width * height <= maxPixels) return;
  const message = `the picture has ${width}×${height} = ${width * height} pixels; at most ${maxPixels} are allowed`;
  throw undecodable(field, 'TOO_MANY_PIXELS', message, 'send a smaller picture, or raise --max-pixels');
}
