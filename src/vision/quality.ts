/* eslint-disable @typescript-eslint/no-non-null-assertion -- these loops keep within the bounds of their arrays */
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

/** Of the middle of the chip: its rim is hair and background. */
function laplacianVariance(levels: Float32Array, { width, height }: Chip): number {
  const plane = width * height;
  const grey = (at: number): number => 0.299 * levels[at]! + 0.587 * levels[at + plane]! + 0.114 * levels[at + 2 * plane]!;
  let [count, sum, squares] = [0, 0, 0];
  for (let y = height >> 3; y < height - (height >> 3); y++) {
    for (let x = width >> 3; x < width - (width >> 3); x++) {
      const at = y * width + x;
      const value = grey(at - 1) + grey(at + 1) + grey(at - width) + grey(at + width) - 4 * grey(at);
      count++;
      sum += value;
      squares += value * value;
    }
  }
  const mean = sum / count;
  return Math.max(0, squares / count - mean * mean);
}
