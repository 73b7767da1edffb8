/** What the bytes of a picture file say about it before anything is decoded. */
export type Format = 'jpeg' | 'png' | 'webp';

const JPEG = [0xff, 0xd8, 0xff];
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const RIFF = ascii('RIFF');
const WEBP = ascii('WEBP');

/** By the first bytes: names and declared types lie, and libvips would open formats that nobody vouches for. */
export function sniff(file: Uint8Array): Format | undefined {
  if (hasAt(file, 0, JPEG)) return 'jpeg';
  if (hasAt(file, 0, PNG)) return 'png';
  return hasAt(file, 0, RIFF) && hasAt(file, 8, WEBP) ? 'webp' : undefined;
}

/** Whether an animated PNG: its `acTL` chunk stands before the pixels. libvips would read the first frame without a word. */
export function isAnimatedPng(png: Uint8Array): boolean {
  for (const chunk of chunks(png)) {
    if (chunk.name === 'acTL') return true;
    if (chunk.name === 'IDAT') return false;
  }
  return false;
}

/** Whether the file is shorter than its own structure says. A JPEG does not say; its decoder notices. */
export function endsEarly(file: Uint8Array, format: Format): boolean {
  switch (format) {
    case 'jpeg':
      return false;
    case 'webp':
      return file.length < 12 || view(file).getUint32(4, true) + 8 > file.length;
    case 'png':
      return ![...chunks(file)].some((chunk) => chunk.name === 'IEND');
  }
}

/** The complete chunks of a PNG file, in order. */
function* chunks(png: Uint8Array): Generator<{ name: string }> {
  const bytes = view(png);
  let at = PNG.length;
  while (at + 12 <= png.length) {
    const end = at + 12 + bytes.getUint32(at);
    if (end > png.length) return;
    yield { name: String.fromCharCode(...png.subarray(at + 4, at + 8)) };
    at = end;
  }
}

function hasAt(file: Uint8Array, at: number, bytes: readonly number[]): boolean {
  return bytes.every((byte, i) => file[at + i] === byte);
}

function view(file: Uint8Array): DataView {
  return new DataView(file.buffer, file.byteOffset, file.byteLength);
}

function ascii(text: string): number[] {
  return Array.from(text, (letter) => letter.charCodeAt(0));
}
