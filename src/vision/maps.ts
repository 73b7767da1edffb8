/* eslint-disable @typescript-eslint/no-non-null-assertion -- these loops keep within the bounds of their arrays */
import type { Box, Landmark, Landmarks } from '../types.js';
import type { Tensor } from './ports.js';

/** Channels of a cell: score, four distances, five landmark offsets (x, y), five visibilities. */
const CHANNELS = 20;
const DISTANCES = 1;
const POINTS = 5;
const VISIBLE = 15;

export interface Candidate {
  readonly box: Box;
  readonly landmarks: Landmarks;
  readonly score: number;
}

/**
 * One output map [1, 20, h, w] → a face for each cell with at least `score`, in pixels of the network's input. Distances and
 * offsets are in strides, from the cell's centre.
 */
export function decodeMap(map: Tensor, stride: number, score: number): Candidate[] {
  const [, channels, rows = 0, columns = 0] = map.shape;
  if (channels !== CHANNELS || map.data.length !== CHANNELS * rows * columns) {
    throw new Error(`a detector map has shape ${map.shape.join('×')}, not 1×${CHANNELS}×h×w`);
  }
  const found: Candidate[] = [];
  const cells = rows * columns;
  for (let cell = 0; cell < cells; cell++) {
    const value = map.data[cell]!;
    if (value >= score) found.push(decodeCell(map.data, cell, { cells, columns, stride }));
  }
  return found;
}

interface Grid {
  readonly cells: number;
  readonly columns: number;
  readonly stride: number;
}

function decodeCell(data: Float32Array, cell: number, { cells, columns, stride }: Grid): Candidate {
  const channel = (index: number): number => data[index * cells + cell]!;
  const centreX = ((cell % columns) + 0.5) * stride;
  const centreY = (Math.floor(cell / columns) + 0.5) * stride;
  const [left, top, right, bottom] = [0, 1, 2, 3].map((side) => channel(DISTANCES + side) * stride) as [number, number, number, number];
  const landmark = (_: unknown, i: number): Landmark => ({
    x: centreX + channel(POINTS + 2 * i) * stride,
    y: centreY + channel(POINTS + 2 * i + 1) * stride,
    visibility: Math.min(1, Math.max(0, channel(VISIBLE + i))),
  });
  return {
    box: { x: centreX - left, y: centreY - top, width: left + right, height: top + bottom },
    landmarks: Array.from({ length: 5 }, landmark) as unknown as Landmarks,
    score: channel(0),
  };
}
