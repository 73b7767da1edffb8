/**
 * What a picture file says about itself before anything is decoded. Read here and not by libvips: its `metadata` costs most of a
 * millisecond a frame, and it opens formats that nobody vouches for.
 */
export type Format = 'jpeg' | 'png' | 'webp';

export interface Header {
  readonly format: Format;
  readonly width: number;
  readonly height: number;
  readonly animated: boolean;
  /** JPEG with four channels: inks, not light. */
  readonly cmyk: boolean;
}

const JPEG = [0xff, 0xd8, 0xff];
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** By the first bytes: names and declared types lie. */
export function sniff(file: Uint8Array): Format | undefined {
  if (hasAt(file, 0, JPEG)) return 'jpeg';
  if (hasAt(file, 0, PNG)) return 'png';
  return textAt(file, 0) === 'RIFF' && textAt(file, 8) === 'WEBP' ? 'webp' : undefined;
}

/** Why a file does not say how large its picture is. */
export type NoHeader = 'ends early' | 'makes no sense';

export function readHeader(file: Uint8Array, format: Format): Header | NoHeader {
  try {
    const size = { jpeg: jpegHeader, png: pngHeader, webp: webpHeader }[format](file, viewOf(file));
    if (size === undefined || size.width === 0 || size.height === 0) return 'makes no sense';
    return { format, animated: false, cmyk: false, ...size };
  } catch (error) {
    if (error instanceof RangeError) return 'ends early'; // a DataView was asked for bytes beyond the end
    throw error;
  }
}

/** Whether the file is shorter than its own structure says. */
export function endsEarly(file: Uint8Array, format: Format): boolean {
  switch (format) {
    case 'jpeg':
      // Compressed pixels never look like a marker, so a whole file has an end-of-image after its last start-of-scan.
      return lastMarker(file, 0xd9) <= lastMarker(file, 0xda);
    case 'webp':
      return file.length < 12 || viewOf(file).getUint32(4, true) + 8 > file.length;
    case 'png':
      return ![...chunkNames(file)].includes('IEND');
  }
}

type Size = Pick<Header, 'width' | 'height'> & Partial<Header>;

/** Walks the segments up to the start of frame. */
function jpegHeader(file: Uint8Array, view: DataView): Size | undefined {
  let at = 2;
  for (;;) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) at += 1; // fill byte
    else if (isStartOfFrame(marker)) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7), cmyk: file[at + 9] === 4 };
    else at += 2 + view.getUint16(at + 2);
  }
}

/** SOF0 to SOF15, without the tables (DHT, JPG, DAC) that stand between them. */
const isStartOfFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** An animated PNG says so (`acTL`) before its pixels. libvips would read the first frame without a word. */
function pngHeader(file: Uint8Array, view: DataView): Size {
  let animated = false;
  for (const name of chunkNames(file)) {
    animated ||= name === 'acTL';
    if (animated || name === 'IDAT') break;
  }
  return { width: view.getUint32(16), height: view.getUint32(20), animated };
}

function webpHeader(file: Uint8Array, view: DataView): Size | undefined {
  const uint24 = (at: number): number => view.getUint16(at, true) + view.getUint8(at + 2) * 65536;
  switch (textAt(file, 12)) {
    case 'VP8 ':
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case 'VP8L': {
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { width: uint24(24) + 1, height: uint24(27) + 1, animated: (view.getUint8(20) & 2) !== 0 };
    default:
      return undefined;
  }
}

/** The names of the complete chunks of a PNG file, in order. */
function* chunkNames(png: Uint8Array): Generator<string> {
  const view = viewOf(png);
  let at = PNG.length;
  while (at + 12 <= png.length) {
    const end = at + 12 + view.getUint32(at);
    if (end > png.length) return;
    yield textAt(png, at + 4);
    at = end;
  }
}

/** Where the last `ff marker` of a JPEG stands, or -1. */
function lastMarker(jpeg: Uint8Array, marker: number): number {
  let at = jpeg.lastIndexOf(marker);
  while (at > 0 && jpeg[at - 1] !== 0xff) at = jpeg.lastIndexOf(marker, at - 1);
  return at > 0 ? at : -1;
}

const hasAt = (file: Uint8Array, at: number, bytes: readonly number[]): boolean => bytes.every((byte, i) => file[at + i] === byte);

const textAt = (file: Uint8Array, at: number): string => String.fromCharCode(...file.subarray(at, at + 4));

const viewOf = (file: Uint8Array): DataView => new DataView(file.buffer, file.byteOffset, file.byteLength);
