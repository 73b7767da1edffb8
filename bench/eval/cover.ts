import type { Box } from '../../src/types.js';
import type { Picture } from '../../src/vision/picture.js';

export const HALVES = ['left', 'right', 'upper', 'lower'] as const;
export type Half = (typeof HALVES)[number];

/** The grey that PartialLFW hides with. */
const GREY = 128;

/** A copy in which one half of every box is grey. */
export function coverHalves(picture: Picture, boxes: readonly Box[], half: Half): Picture {
  const data = picture.data.slice();
  for (const box of boxes) cover({ ...picture, data }, halfOf(box, half));
  return { ...picture, data };
}

export function halfOf({ x, y, width, height }: Box, half: Half): Box {
  switch (half) {
    case 'left':
      return { x, y, width: width / 2, height };
    case 'right':
      return { x: x + width / 2, y, width: width / 2, height };
    case 'upper':
      return { x, y, width, height: height / 2 };
    case 'lower':
      return { x, y: y + height / 2, width, height: height / 2 };
  }
}

function cover({ width, height, data }: Picture, box: Box): void {
  const [left, right] = [box.x, box.x + box.width].map((x) => Math.min(width, Math.max(0, Math.round(x)))) as [number, number];
  const [top, bottom] = [box.y, box.y + box.height].map((y) => Math.min(height, Math.max(0, Math.round(y)))) as [number, number];
  for (let y = top; y < bottom; y++) data.fill(GREY, (y * width + left) * 3, (y * width + right) * 3);
}
