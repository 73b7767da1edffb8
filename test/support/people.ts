import sharp, { type Sharp } from 'sharp';
import { generator } from '../vision/support.js';

/**
 * People for the tiny networks (test/support/tiny_networks.py), which see a face around every 32×32 cell of saturated red and describe it by
 * its own pixels: each person is a red cell in blocks of colour of their own.
 */
const CELL = 32;
/** The box of a face: 4 × 4 cells. */
export const FACE = 4 * CELL;

export interface Sitter {
  readonly person: number;
  /** Left and top of the red cell, in cells; the face begins a cell and a half further up and left. */
  readonly at: readonly [number, number];
}

/** 640×480, grey with these people in it. */
export async function scene(...sitters: readonly Sitter[]): Promise<Sharp> {
  const tiles = await Promise.all(
    sitters.map(async ({ person, at: [x, y] }) => ({ input: await portrait(person), left: x * CELL - 48, top: y * CELL - 48 })),
  );
  const drawn = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#6a7a7a' } }).composite(tiles).png().toBuffer();
  return sharp(drawn);
}

export const png = async (...sitters: readonly Sitter[]): Promise<Buffer> => (await scene(...sitters)).png().toBuffer();

/** The person alone, a little off centre. */
export const photo = (person: number): Promise<Buffer> => png({ person, at: [8, 6] });

const BLOCK = 16;
const BLOCKS = FACE / BLOCK;

async function portrait(person: number): Promise<Buffer> {
  const random = generator(person * 7919 + 1);
  const data = new Uint8Array(FACE * FACE * 3);
  const colours = Array.from({ length: BLOCKS * BLOCKS }, () => [random() * 120, random() * 255, random() * 255]);
  for (let y = 0; y < FACE; y++) {
    for (let x = 0; x < FACE; x++) {
      const inCell = Math.abs(x - 63.5) < CELL / 2 && Math.abs(y - 63.5) < CELL / 2;
      data.set(inCell ? [255, 0, 0] : (colours[Math.floor(y / BLOCK) * BLOCKS + Math.floor(x / BLOCK)] ?? []), (y * FACE + x) * 3);
    }
  }
  return sharp(data, { raw: { width: FACE, height: FACE, channels: 3 } }).png().toBuffer();
}
