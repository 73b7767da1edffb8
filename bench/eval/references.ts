/** The labelled photographs of `crowds` and `scenes`. */
import type { Box } from '../../src/types.js';
import type { Point } from '../../src/vision/ports.js';
import { field, numbers, type Pack } from './packs.js';

export interface Reference {
  readonly box: Box;
  /** Bare, masked or badly_worn for faces that people labelled; undefined for reference labels by a machine. */
  readonly mask?: string;
  /** Undefined where nobody labelled them. */
  readonly landmarks?: readonly Point[];
}

/** The side of a square as large as the box: a face's size, everywhere in this evaluation. */
export const sizeOf = ({ width, height }: Box): number => Math.sqrt(width * height);

/** `x,y,w,h,mask,ten numbers or nothing`, faces split by `;`. */
export function crowdFaces(text: string): Reference[] {
  return entries(text).map((entry) => {
    const [x, y, width, height, mask = '', ...rest] = entry.split(',');
    const box = { x: Number(x), y: Number(y), width: Number(width), height: Number(height) };
    return { box, mask, ...landmarks(rest.filter((part) => part !== '').map(Number)) };
  });
}

/** `x,y,w,h,score,ten numbers`, faces split by `;`. */
export function sceneFaces(text: string): Reference[] {
  return entries(text).map((entry) => {
    const [x = NaN, y = NaN, width = NaN, height = NaN, , ...rest] = numbers(entry);
    return { box: { x, y, width, height }, ...landmarks(rest) };
  });
}

const entries = (text: string): string[] => text.split(';').filter((entry) => entry !== '');

function landmarks(flat: readonly number[]): Pick<Reference, 'landmarks'> {
  if (flat.length !== 10) return {};
  return { landmarks: Array.from({ length: 5 }, (_, i): Point => [flat[2 * i] ?? NaN, flat[2 * i + 1] ?? NaN]) };
}

export const HELD_OUT_EVERY = 5;
export type Holdout = 'fifth' | 'all';

/** Rows to look at: the photographs that training never saw (index a multiple of five), or all. */
export function chosenRows(pack: Pack, holdout: Holdout): number[] {
  return [...pack.rows.keys()].filter((i) => holdout === 'all' || i % HELD_OUT_EVERY === 0);
}

export function facesOf(pack: Pack, name: 'crowds' | 'scenes', index: number): Reference[] {
  const text = field(pack.rows[index] ?? {}, 'faces');
  return name === 'crowds' ? crowdFaces(text) : sceneFaces(text);
}
