import { type Affine, apply, compose, FACE_POINTS, invert } from './geometry.js';
import type { Point } from './truth.js';

export const KINDS = ['none', 'bar', 'mask', 'sunglasses', 'hand'] as const;
export type Kind = (typeof KINDS)[number];

/** Shapes in a face's own coordinates (see `faceFrame`), where the eyes are near (±0.5, −0.55) and the mouth near (0, 0.55). */
type Shape =
  | { readonly ellipse: readonly [x: number, y: number, rx: number, ry: number]; readonly turn?: number; readonly fill: string }
  | { readonly polygon: readonly Point[]; readonly fill: string };

const SKIN = '#b9805f';
const finger = (x: number, y: number, length: number): Shape => ({ ellipse: [x, y, length, 0.15], turn: -20, fill: SKIN });

const SHAPES: Readonly<Record<Exclude<Kind, 'none'>, readonly Shape[]>> = {
  bar: [{ polygon: [[-1.7, -0.36], [1.7, -0.36], [1.7, 0.36], [-1.7, 0.36]], fill: '#33373d' }],
  mask: [{ polygon: [[-1.1, -0.18], [-0.45, -0.22], [0, -0.34], [0.45, -0.22], [1.1, -0.18], [0.95, 0.8], [0.5, 1.32], [-0.5, 1.32], [-0.95, 0.8]], fill: '#a9c9d6' }],
  sunglasses: [
    { ellipse: [-0.52, -0.52, 0.46, 0.36], fill: '#17181c' },
    { ellipse: [0.52, -0.52, 0.46, 0.36], fill: '#17181c' },
    { polygon: [[-1.15, -0.72], [1.15, -0.72], [1.15, -0.6], [-1.15, -0.6]], fill: '#17181c' },
  ],
  hand: [{ ellipse: [0.6, 0.3, 0.72, 0.62], fill: SKIN }, finger(-0.2, 0.02, 0.6), finger(-0.28, 0.3, 0.62), finger(-0.22, 0.58, 0.58), finger(-0.1, 0.84, 0.5)],
};

/** Share of an occluder's time that it takes to slide in, and to slide out. */
const SLIDING = 0.2;

/** How far along its way an occluder is, 0 to 1, to where it then lies. It slides in, stays, slides out; the bar never rests. */
function shift(kind: Exclude<Kind, 'none'>, progress: number): Point {
  if (kind === 'bar') return [0, -1.9 + 3.6 * progress];
  const away = Math.max(0, 1 - progress / SLIDING, 1 - (1 - progress) / SLIDING);
  if (kind === 'mask') return [0, 2.2 * away];
  return kind === 'sunglasses' ? [0, -1.6 * away] : [2.8 * away, 0.6 * away];
}

/** An occluder on its way over one face of a picture. */
export interface Placed {
  readonly kind: Exclude<Kind, 'none'>;
  /** From the occluder's coordinates to pixels. */
  readonly toPixels: Affine;
  /** False while it slides in or out: sunglasses on the forehead hide nothing that matters. */
  readonly inPlace: boolean;
}

export function place(kind: Exclude<Kind, 'none'>, progress: number, frame: Affine): Placed {
  const [e, f] = shift(kind, progress);
  return { kind, toPixels: compose(frame, { a: 1, b: 0, c: 0, d: 1, e, f }), inPlace: kind === 'bar' || (progress >= SLIDING && progress <= 1 - SLIDING) };
}

/** The share of a face that some of these occluders hide, 0 to 1. */
export function coverage(frame: Affine, occluders: readonly Placed[]): number {
  const tests = occluders.map(({ kind, toPixels }) => ({ shapes: SHAPES[kind], fromFace: compose(invert(toPixels), frame) }));
  const hidden = FACE_POINTS.filter((point) =>
    tests.some(({ shapes, fromFace }) => {
      const at = apply(fromFace, point);
      return shapes.some((shape) => contains(shape, at));
    }),
  );
  return hidden.length / FACE_POINTS.length;
}

function contains(shape: Shape, [x, y]: Point): boolean {
  if ('ellipse' in shape) {
    const [cx, cy, rx, ry] = shape.ellipse;
    const turn = (-(shape.turn ?? 0) * Math.PI) / 180;
    const [u, v] = [(x - cx) * Math.cos(turn) - (y - cy) * Math.sin(turn), (x - cx) * Math.sin(turn) + (y - cy) * Math.cos(turn)];
    return (u / rx) ** 2 + (v / ry) ** 2 <= 1;
  }
  let inside = false;
  shape.polygon.forEach(([ax, ay], i) => {
    const [bx, by] = shape.polygon.at(i - 1) ?? [ax, ay];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  });
  return inside;
}

export function toSvg(occluders: readonly Placed[], width: number, height: number): string {
  const groups = occluders.map(({ kind, toPixels: { a, b, c, d, e, f } }) => `<g transform="matrix(${a} ${b} ${c} ${d} ${e} ${f})">${SHAPES[kind].map(shapeSvg).join('')}</g>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${groups.join('')}</svg>`;
}

function shapeSvg(shape: Shape): string {
  if ('polygon' in shape) return `<polygon points="${shape.polygon.join(' ')}" fill="${shape.fill}"/>`;
  const [x, y, rx, ry] = shape.ellipse;
  return `<ellipse cx="${x}" cy="${y}" rx="${rx}" ry="${ry}" transform="rotate(${shape.turn ?? 0} ${x} ${y})" fill="${shape.fill}"/>`;
}
