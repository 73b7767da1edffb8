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
  /** Which of them can surely be seen. */
  readonly seen?: readonly boolean[];
}

const ALL = [true, true, true, true, true];
const SEEN: Readonly<Record<string, readonly boolean[]>> = { bare: ALL, masked: [true, true, false, false, false], badly_worn: [true, true, false, false, false] };
/** From this score on a machine's face is taken to show all its landmarks. */
const SURE = 0.8;

/** The side of a square as large as the box: a face's size, everywhere in this evaluation. */
export const sizeOf = ({ width, height }: Box): number => Math.sqrt(width * height);

/** `x,y,w,h,mask,ten numbers or nothing`, faces split by `;`. */
export function crowdFaces(text: string): Reference[] {
  return entries(text).map((entry) => {
    const [x, y, width, height, mask = '', ...rest] = entry.split(',');
    const box = { x: Number(x), y: Number(y), width: Number(width), height: Number(height) };
    return { box, mask, ...landmarks(rest.filter((part) => part !== '').map(Number), SEEN[mask]) };
  });
}

/** `x,y,w,h,score,ten numbers`, faces split by `;`. */
export function sceneFaces(text: string): Reference[] {
  return entries(text).map((entry) => {
    const [x = NaN, y = NaN, width = NaN, height = NaN, score = NaN, ...rest] = numbers(entry);
    return { box: { x, y, width, height }, ...landmarks(rest, score > SURE ? ALL : undefined) };
  });
}

const entries = (text: string): string[] => text.split(';').filter((entry) => entry !== '');

function landmarks(flat: readonly number[], seen: readonly boolean[] = []): Pick<Reference, 'landmarks' | 'seen'> {
  if (flat.length !== 10) return {};
  return { landmarks: Array.from({ length: 5 }, (_, i): Point => [flat[2 * i] ?? NaN, flat[2 * i + 1] ?? NaN]), seen };
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
