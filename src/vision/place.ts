import type { Box, DetectedFace, Landmark } from '../types.js';
import type { AlignmentSettings, Point, Template } from './ports.js';
import { apply, fitRobustly, inverse, scaleOf, shifted, type RobustFit, type Similarity } from './similarity.js';

/** A landmark counts as visible from here on. */
export const VISIBLE = 0.5;
/** What the detector guesses for a hidden landmark is still worth something. */
const LEAST_WEIGHT = 0.05;
/** Residual, as a share of the template's eye distance, at which a landmark's weight is halved: poses bend a face by less. */
const TOLERANCE = 0.15;
/**
 * How a face's box lies around its landmarks, in units of their mean distance from their centre: sides, and how far below the
 * landmarks' centre the box's centre is. Medians over boxes drawn by people (training/detector/data.py measures them).
 */
const BOX = { width: 3.96, height: 4.32, below: 0.206 };

/**
 * Where the embedder wants this face: picture → network input. A similarity fit to the template, weighted by the landmarks'
 * visibility; then a shift that puts the midpoint of the eyes where the contract wants it, as far as the eyes can be trusted.
 * Without two visible landmarks, or when the fit contradicts the box, the box alone decides.
 */
export function place(face: DetectedFace, alignment: AlignmentSettings): Similarity {
  const { template } = alignment;
  const byBox = placeByBox(face.box, template);
  const byLandmarks = placeByLandmarks(face, template);
  if (byLandmarks === undefined || contradicts(byLandmarks.fit, byBox, face.box)) return shiftEyes(byBox, undefined, alignment);
  return shiftEyes(byLandmarks.fit, eyesOf(face, byLandmarks), alignment);
}

function placeByLandmarks({ landmarks }: DetectedFace, template: Template): RobustFit | undefined {
  if (landmarks.filter((landmark) => landmark.visibility >= VISIBLE).length < 2) return undefined;
  const weights = landmarks.map((landmark) => Math.max(landmark.visibility, LEAST_WEIGHT));
  return fitRobustly(landmarks.map(pointOf), template, weights, TOLERANCE * distance(template[0], template[1]));
}

/** An upright face whose landmarks lie in the box as they do on average. */
function placeByBox(box: Box, template: Template): Similarity {
  const centre = mean(template);
  const spread = template.reduce((sum, point) => sum + distance(point, centre), 0) / template.length;
  const unit = Math.sqrt((box.width * box.height) / (BOX.width * BOX.height));
  const scale = spread / unit;
  const middle: Point = [box.x + box.width / 2, box.y + box.height / 2 - BOX.below * unit];
  return { a: scale, b: 0, tx: centre[0] - scale * middle[0], ty: centre[1] - scale * middle[1] };
}

/** Landmarks that make the face half or twice as large as its box, or lay its middle outside the box, are not believed. */
function contradicts(fit: Similarity, byBox: Similarity, box: Box): boolean {
  const ratio = scaleOf(fit) / scaleOf(byBox);
  if (!(ratio > 0.5 && ratio < 2)) return true;
  const middle = apply(byBox, [box.x + box.width / 2, box.y + box.height / 2]);
  const [x, y] = apply(inverse(fit), middle);
  return !(x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height);
}

interface Eyes {
  /** Between the eyes, in the network's input. */
  readonly midpoint: Point;
  /** 0 to 1: the weight that the fit left to the eye it believes less. */
  readonly trust: number;
}

function eyesOf({ landmarks: [left, right] }: DetectedFace, { fit, weights: [leftWeight = 0, rightWeight = 0] }: RobustFit): Eyes {
  return { midpoint: apply(fit, between(pointOf(left), pointOf(right), 0.5)), trust: Math.min(leftWeight, rightWeight) };
}

/** Blends from where the eyes are seen to where the fit expects them, so that a fading eye moves the face smoothly. */
function shiftEyes(fit: Similarity, eyes: Eyes | undefined, { template, eyesMidpoint }: AlignmentSettings): Similarity {
  const expected = between(template[0], template[1], 0.5);
  const midpoint = eyes === undefined ? expected : between(expected, eyes.midpoint, eyes.trust);
  return shifted(fit, eyesMidpoint[0] - midpoint[0], eyesMidpoint[1] - midpoint[1]);
}

export const pointOf = ({ x, y }: Landmark): Point => [x, y];

const distance = (p: Point, q: Point): number => Math.hypot(p[0] - q[0], p[1] - q[1]);

export const between = (p: Point, q: Point, share: number): Point => [p[0] + (q[0] - p[0]) * share, p[1] + (q[1] - p[1]) * share];

function mean(points: readonly Point[]): Point {
  const total = points.reduce<Point>((sum, p) => [sum[0] + p[0], sum[1] + p[1]], [0, 0]);
  return [total[0] / points.length, total[1] / points.length];
}
