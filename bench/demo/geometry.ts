import type { Box } from '../../src/types.js';
import type { FivePoints, Point } from './truth.js';

/** `[x, y] → [a x + c y + e, b x + d y + f]`, as in SVG. */
export interface Affine {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly e: number;
  readonly f: number;
}

export const apply = ({ a, b, c, d, e, f }: Affine, [x, y]: Point): Point => [a * x + c * y + e, b * x + d * y + f];

export function invert({ a, b, c, d, e, f }: Affine): Affine {
  const det = a * d - b * c;
  return { a: d / det, b: -b / det, c: -c / det, d: a / det, e: (c * f - d * e) / det, f: (b * e - a * f) / det };
}

/** `after` of `before`. */
export function compose(after: Affine, before: Affine): Affine {
  const [e, f] = apply(after, [before.e, before.f]);
  return {
    a: after.a * before.a + after.c * before.b,
    b: after.b * before.a + after.d * before.b,
    c: after.a * before.c + after.c * before.d,
    d: after.b * before.c + after.d * before.d,
    e,
    f,
  };
}

const middle = ([ax, ay]: Point, [bx, by]: Point): Point => [(ax + bx) / 2, (ay + by) / 2];

/** Eyes stand as far apart as 0.86 times their distance from the mouth; turned heads shorten the one, not the other. */
const EYES_PER_HEIGHT = 0.86;

/**
 * From the face's own coordinates to pixels: origin half-way between eyes and mouth, y towards the mouth, the unit about
 * the distance of the eyes. Occluders are drawn in these, and so fit every face whatever its size and tilt.
 */
export function faceFrame([leftEye, rightEye, , leftMouth, rightMouth]: FivePoints): Affine {
  const eyes = middle(leftEye, rightEye);
  const mouth = middle(leftMouth, rightMouth);
  const [x, y] = [mouth[0] - eyes[0], mouth[1] - eyes[1]];
  const height = Math.hypot(x, y);
  const width = Math.hypot(rightEye[0] - leftEye[0], rightEye[1] - leftEye[1]);
  const unit = Math.max(width, EYES_PER_HEIGHT * height) / height;
  const [e, f] = middle(eyes, mouth);
  return { a: y * unit, b: -x * unit, c: x * unit, d: y * unit, e, f };
}

/** The face itself as an ellipse in its own coordinates: from the hairline to the chin. */
const FACE = { y: -0.12, halfWidth: 1.05, halfHeight: 1.4 };

/** Points spread evenly over the face, in its own coordinates. */
export const FACE_POINTS: readonly Point[] = evenGrid(24).flatMap(([u, v]) =>
  u * u + v * v > 1 ? [] : [[u * FACE.halfWidth, FACE.y + v * FACE.halfHeight] as const],
);

function evenGrid(cells: number): Point[] {
  const at = (i: number): number => ((i + 0.5) / cells) * 2 - 1;
  return Array.from({ length: cells * cells }, (_, i) => [at(i % cells), at(Math.floor(i / cells))] as const);
}

/** The upright box around the face, in pixels. */
export function faceBox(frame: Affine): Box {
  const { halfWidth, halfHeight } = FACE;
  const [x, y] = apply(frame, [0, FACE.y]);
  const halfX = Math.hypot(frame.a * halfWidth, frame.c * halfHeight);
  const halfY = Math.hypot(frame.b * halfWidth, frame.d * halfHeight);
  return { x: x - halfX, y: y - halfY, width: 2 * halfX, height: 2 * halfY };
}

export function overlap(a: Box, b: Box): number {
  const width = Math.max(0, Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x));
  const height = Math.max(0, Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y));
  return width * height;
}

export const area = ({ width, height }: Box): number => width * height;

/** Intersection over union, 0 to 1. */
export const iou = (a: Box, b: Box): number => overlap(a, b) / (area(a) + area(b) - overlap(a, b));
