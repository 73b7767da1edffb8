import type { Box, DetectedFace, FaceSelector } from '../types.js';

/** Overlap of two boxes: intersection over union, 0 to 1. */
export function iou(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (area(a) + area(b) - shared);
}

export const area = (box: Box): number => box.width * box.height;

export const shorterSide = (box: Box): number => Math.min(box.width, box.height);

/** Greedy non-maximum suppression: of faces that overlap more than `limit` the best score stays. Best first. */
export function suppress<T extends { readonly box: Box; readonly score: number }>(faces: readonly T[], limit: number): T[] {
  const kept: T[] = [];
  for (const face of faces.toSorted((a, b) => b.score - a.score)) {
    if (kept.every((other) => iou(other.box, face.box) <= limit)) kept.push(face);
  }
  return kept;
}

/** The faces that `select` means, of faces that stand largest first. */
export function choose<T extends DetectedFace>(faces: readonly T[], select: FaceSelector): T[] {
  if (select === 'ALL') return [...faces];
  if (select === 'LARGEST' || select === 'ONLY') return faces.slice(0, 1);
  const overlaps = faces.map((face) => iou(face.box, select.box));
  const best = Math.max(0, ...overlaps);
  return best > 0 ? faces.filter((_, i) => overlaps[i] === best).slice(0, 1) : [];
}
