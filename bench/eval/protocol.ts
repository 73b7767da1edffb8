/**
 * PartialLFW (Hörmann et al., ICIP 2021): faces of which one patch is left, around an eye, the nose or the mouth. All geometry is in
 * pixels of a 160×160 chip.
 */
import type { Picture } from '../../src/vision/picture.js';
import { interleaved } from '../../src/vision/planar.js';
import type { Point } from '../../src/vision/ports.js';
import { apply, fitSimilarity, shifted } from '../../src/vision/similarity.js';
import { Warper } from '../../src/vision/warp.js';

export const CHIP = 160;
const FILL = 128;
/** Left eye, right eye, nose, left and right corner of the mouth, in the protocol's own unit. */
const LANDMARKS_X = [0.2194, 0.7747, 0.4971, 0.3207, 0.6735];
const LANDMARKS_Y = [0.1871, 0.1871, 0.5337, 0.7633, 0.7633];
const onChip = (value: number | undefined): number => ((0.3 + (value ?? NaN)) / 1.6) * CHIP;
const TEMPLATE = LANDMARKS_X.map((x, i): Point => [onChip(x), onChip(LANDMARKS_Y[i])]);
const EYES: Point = [80, 64];
/** The shift to EYES moves every part of the face down by about this much. */
const PATCH_BELOW = 15;

export const PARTS = ['leftEye', 'rightEye', 'nose', 'mouth'] as const;
export type Part = (typeof PARTS)[number];
export const FACTORS = [0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5] as const;

/** What of a chip is shown: all of it, or one part, in its place or moved to the middle. */
export type Variant = 'whole' | { readonly part: Part; readonly factor: number; readonly centred: boolean };

/** The variants that the columns need, in the order in which a row of embeddings holds them; the whole chip first. */
export function variants(factors: readonly number[]): Variant[] {
  const patches = [false, true].flatMap((centred) => factors.flatMap((factor) => PARTS.map((part) => ({ part, factor, centred }))));
  return ['whole', ...patches];
}

/** Index of a variant among `variants(factors)`. */
export function variantIndex(factors: readonly number[], variant: Variant): number {
  if (variant === 'whole') return 0;
  const { part, factor, centred } = variant;
  return 1 + ((centred ? factors.length : 0) + factors.indexOf(factor)) * PARTS.length + PARTS.indexOf(part);
}

/** Eye distance of an average face on the chip, and where the middle of its eyes is: what a network's own geometry is fitted to. */
export const CHIP_GEOMETRY = { eyeDistance: onChip(LANDMARKS_X[1]) - onChip(LANDMARKS_X[0]), eyes: EYES };

/** Aligned by its five landmarks (rotation and scale), shifted so that the middle of its eyes is at (80, 64). */
export function toChip(photograph: Picture, landmarks: readonly Point[]): Picture {
  const fit = fitSimilarity(landmarks, TEMPLATE, [1, 1, 1, 1, 1]);
  const [left, right] = landmarks;
  if (fit === undefined || left === undefined || right === undefined) throw new Error('five landmarks of a face are needed');
  const [x, y] = apply(fit, [(left[0] + right[0]) / 2, (left[1] + right[1]) / 2]);
  const levels = new Float32Array(3 * CHIP * CHIP);
  new Warper().warp(photograph, shifted(fit, EYES[0] - x, EYES[1] - y), { width: CHIP, height: CHIP, fill: FILL }, levels);
  return { width: CHIP, height: CHIP, data: interleaved(levels) };
}

const PATCH_X: Readonly<Record<Part, number>> = {
  leftEye: onChip(LANDMARKS_X[0]),
  rightEye: onChip(LANDMARKS_X[1]),
  nose: onChip(LANDMARKS_X[2]),
  mouth: (onChip(LANDMARKS_X[3]) + onChip(LANDMARKS_X[4])) / 2,
};
const PATCH_Y: Readonly<Record<Part, number>> = {
  leftEye: onChip(LANDMARKS_Y[0]) + PATCH_BELOW,
  rightEye: onChip(LANDMARKS_Y[1]) + PATCH_BELOW,
  nose: onChip(LANDMARKS_Y[2]) + PATCH_BELOW,
  mouth: onChip(LANDMARKS_Y[3]) + PATCH_BELOW,
};

export interface Patch {
  readonly left: number;
  readonly top: number;
  /** Exclusive. */
  readonly right: number;
  /** Exclusive. */
  readonly bottom: number;
  /** How far the patch is moved. */
  readonly dx: number;
  readonly dy: number;
}

export function patchOf({ part, factor, centred }: Exclude<Variant, 'whole'>): Patch {
  const [x, y] = [PATCH_X[part], PATCH_Y[part]];
  const [halfWidth, halfHeight] = [15 + 120 * factor, 10 + 105 * factor];
  const within = (value: number): number => Math.min(CHIP, Math.max(0, Math.round(value)));
  return {
    left: within(x - halfWidth),
    top: within(y - halfHeight),
    right: within(x + halfWidth),
    bottom: within(y + halfHeight),
    dx: centred ? Math.round(CHIP / 2 - x) : 0,
    dy: centred ? Math.round(CHIP / 2 - y) : 0,
  };
}

/** The chip with all but the variant's patch turned to grey. */
export function show(chip: Picture, variant: Variant): Picture {
  if (variant === 'whole') return chip;
  const { left, top, right, bottom, dx, dy } = patchOf(variant);
  const data = new Uint8Array(chip.data.length).fill(FILL);
  // What a move pushes over the chip's edge is lost.
  const [from, to] = [Math.max(left, -dx), Math.min(right, CHIP - dx)];
  for (let y = Math.max(top, -dy); y < Math.min(bottom, CHIP - dy); y++) {
    data.set(chip.data.subarray((y * CHIP + from) * 3, (y * CHIP + to) * 3), ((y + dy) * CHIP + from + dx) * 3);
  }
  return { width: CHIP, height: CHIP, data };
}
