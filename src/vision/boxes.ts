import type { Box, DetectedFace, FaceSelector } from '../types.js';

/** Of the smaller of two boxes the share that may lie in the other at no cost: people stand before one another. */
const FREE_SHARE = 0.3;
/** What of its score a face loses for a share of 1 beyond that. */
const SHARE_COST = 0.7;

/** Overlap of two boxes: intersection over union, 0 to 1. */
export function iou(a: Box, b: Box): number {
  const both = shared(a, b);
  return both === 0 ? 0 : both / (area(a) + area(b) - both);
}

function shared(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}

export const area = (box: Box): number => box.width * box.height;

export const shorterSide = (box: Box): number => Math.min(box.width, box.height);

/**
 * Greedy non-maximum suppression: of faces that overlap more than `limit` the best score stays. A face that stays but lies for a good part
 * in a better one loses some of its score: in a close-up a second box around half of the same face is likelier than a second face.
 * In the order of the scores they came with.
 */
export function suppress<T extends { readonly box: Box; readonly score: number }>(faces: readonly T[], limit: number): T[] {
  const kept: T[] = [];
  for (const face of faces.toSorted((a, b) => b.score - a.score)) {
    if (kept.every((other) => iou(other.box, face.box) <= limit)) {
      kept.push({ ...face, score: kept.reduce((score, other) => score * alone(face.box, other.box), face.score) });
    }
  }
  return kept;
}

/** How far a box is one of its own beside another, 1 down to 0.51. */
function alone(box: Box, other: Box): number {
  const both = shared(box, other);
  return both === 0 ? 1 : 1 - SHARE_COST * Math.max(0, both / Math.min(area(box), area(other)) - FREE_SHARE);
}

/** The faces that `select` means, of faces that stand largest first. */
export function choose<T extends DetectedFace>(faces: readonly T[], select: FaceSelector): T[] {
  if (select === 'ALL') return [...faces];
  if (select === 'LARGEST' || select === 'ONLY') return faces.slice(0, 1);
  const overlaps = faces.map((face) => iou(face.box, select.box));
  const best = Math.max(0, ...overlaps);
  return best > 0 ? faces.filter((_, i) => overlaps[i] === best).slice(0, 1) : [];
}
