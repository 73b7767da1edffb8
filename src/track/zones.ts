import type { Box } from '../types.js';

/** A part of the picture: a polygon whose corners are shares of the picture's width and height, 0 to 1, in either direction. */
export interface Zone {
  readonly name: string;
  readonly corners: readonly { readonly x: number; readonly y: number }[];
}

export interface FrameSize {
  readonly width: number;
  readonly height: number;
}

/** The names of the zones in which the centre of a box lies. */
export function zonesAt(zones: readonly Zone[], box: Box, { width, height }: FrameSize): string[] {
  const [x, y] = [(box.x + box.width / 2) / width, (box.y + box.height / 2) / height];
  return zones.filter(({ corners }) => isInside(corners, x, y)).map(({ name }) => name);
}

/** By how often a ray to the right crosses the border (even-odd rule). */
function isInside(corners: Zone['corners'], x: number, y: number): boolean {
  let inside = false;
  corners.forEach((from, i) => {
    const to = corners[(i + 1) % corners.length] ?? from;
    if (from.y > y !== to.y > y && x < from.x + ((y - from.y) / (to.y - from.y)) * (to.x - from.x)) inside = !inside;
  });
  return inside;
}
