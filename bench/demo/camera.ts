import type { Affine } from './geometry.js';
import type { Point } from './truth.js';

export const WIDTH = 1280;
export const HEIGHT = 720;

/** The part of a photograph that the camera looks at, in whole pixels; always 16:9. */
export interface View {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Photograph width that the camera sees when it is all the way in. */
const CLOSE = 1060;

/**
 * One visit to a photograph: from the whole group in to the first face, along to the last, and out again. `progress`
 * from 0 to 1; `faces` are their centres.
 */
export function viewAt(progress: number, photograph: { readonly width: number; readonly height: number }, faces: readonly Point[]): View {
  const wide = Math.min(photograph.width, (photograph.height * WIDTH) / HEIGHT);
  const closeness = smooth(Math.min(1, progress / 0.3, (1 - progress) / 0.15));
  const along = smooth(clamp((progress - 0.2) / 0.6, 0, 1));
  const width = Math.round(wide + (CLOSE - wide) * closeness);
  const height = Math.round((width * HEIGHT) / WIDTH);
  const [x, y] = pointAlong([...faces].sort(([a], [b]) => a - b), along);
  return {
    left: Math.round(clamp(x - width / 2, 0, photograph.width - width)),
    top: Math.round(clamp(y - height * 0.45, 0, photograph.height - height)),
    width,
    height,
  };
}

/** From the photograph's pixels to the camera's. */
export function toCamera({ left, top, width, height }: View): Affine {
  const [a, d] = [WIDTH / width, HEIGHT / height];
  return { a, b: 0, c: 0, d, e: -left * a, f: -top * d };
}

function pointAlong(points: readonly Point[], along: number): Point {
  const at = along * (points.length - 1);
  const [from, to = from] = points.slice(Math.floor(at), Math.floor(at) + 2);
  if (from === undefined || to === undefined) throw new Error('the camera needs a face to look at');
  const part = at - Math.floor(at);
  return [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
}

const clamp = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most);

/** Starts and stops gently. */
const smooth = (t: number): number => t * t * (3 - 2 * t);
