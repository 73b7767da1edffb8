import { Region, Workspace } from '../simd/workspace.js';
import type { DetectedFace, Quality } from '../types.js';
import type { Chip } from './warp.js';

/**
 * Variance of the Laplacian at which sharpness is one half. Forty LFW faces have 137 in the median and 35 at the 5th percentile;
 * blurred by a Gaussian of 5 % of their eye distance 16, of 7 % 6.
 */
const HALF_SHARP = 60;

/** What can be said of a face from its landmarks and its aligned levels [3, height, width]; `score` is the weakest part. */
export function quality(face: DetectedFace, levels: Float32Array, chip: Chip, chipEyeDistance: number): Quality {
  const [left, right] = face.landmarks;
  const eyeDistance = Math.hypot(left.x - right.x, left.y - right.y);
  const visibility = face.landmarks.reduce((sum, landmark) => sum + landmark.visibility, 0) / face.landmarks.length;
  const sharp = sharpness(levels, chip);
  // Beyond the chip's own eye distance more pixels show the network nothing more.
  const resolution = Math.min(1, eyeDistance / chipEyeDistance);
  return { score: Math.min(sharp, visibility, resolution), sharpness: sharp, visibility, eyeDistance };
}

/** 0 to 1, rising with the variance of the Laplacian of the grey levels. */
export function sharpness(levels: Float32Array, chip: Chip): number {
  const variance = laplacianVariance(levels, chip);
  return variance / (variance + HALF_SHARP);
}

const space = new Workspace();
const planes = new Region(space);
const grey = new Region(space);

/** Of the middle of the chip: its rim is hair and background. */
function laplacianVariance(levels: Float32Array, { width, height }: Chip): number {
  const from = planes.room(4 * levels.length);
  const plane = grey.room(4 * width * height);
  space.floats(from, levels.length).set(levels);
  space.kernels.grey(from, width * height, plane);
  const [left, top] = [width >> 3, height >> 3];
  return space.kernels.laplacianVariance(plane, width, left, left + 4 * Math.floor((width - 2 * left) / 4), top, height - top);
}
