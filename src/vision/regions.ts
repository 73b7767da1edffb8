/* eslint-disable @typescript-eslint/no-non-null-assertion -- these loops keep within the bounds of their arrays */
import { type DetectedFace, REGIONS, type Region } from '../types.js';
import { between, place, pointOf, VISIBLE } from './place.js';
import type { AlignmentSettings, Point } from './ports.js';
import { apply } from './similarity.js';

/** Beyond this distance from every anchor, in face units, a cell is hair, chin, neck or what lies behind. */
const REACH = 0.5;
/** How far the forehead's anchors lie above the eyes and beside their middle, and the cheeks' outwards, in face units. */
const [ABOVE, BESIDE, OUTWARDS] = [0.75, 0.4, 0.2];

export interface Grid {
  readonly width: number;
  readonly height: number;
}

/**
 * The five landmarks as the chip shows them, in its pixels. A hidden one lies where the template has it: what the detector guesses for it
 * says less.
 */
export function landmarksInChip(face: DetectedFace, alignment: AlignmentSettings): Point[] {
  const { template, eyesMidpoint } = alignment;
  const fit = place(face, alignment);
  const middle = between(template[0], template[1], 0.5);
  return face.landmarks.map((landmark, i) => {
    const expected: Point = [template[i]![0] + eyesMidpoint[0] - middle[0], template[i]![1] + eyesMidpoint[1] - middle[1]];
    return landmark.visibility >= VISIBLE ? apply(fit, pointOf(landmark)) : expected;
  });
}

/** The region of each cell of a grid laid over the chip, as its place in `REGIONS`, row after row: that of the nearest anchor within reach. */
export function regionsOf(landmarks: readonly Point[], chip: Grid, grid: Grid): Uint8Array {
  const { anchors, unit } = anchorsOf(landmarks);
  return Uint8Array.from({ length: grid.width * grid.height }, (_, cell) => {
    const x = (((cell % grid.width) + 0.5) * chip.width) / grid.width;
    const y = ((Math.floor(cell / grid.width) + 0.5) * chip.height) / grid.height;
    let [nearest, region]: [number, Region] = [REACH * unit, 'ELSEWHERE'];
    for (const [name, [ax, ay]] of anchors) {
      const distance = Math.hypot(x - ax, y - ay);
      if (distance < nearest) [nearest, region] = [distance, name];
    }
    return REGIONS.indexOf(region);
  });
}

/** A face unit is the larger of the eyes' distance and that from eyes to mouth: a turned head keeps one of the two. */
function anchorsOf([left, right, nose, leftMouth, rightMouth]: readonly Point[]): { anchors: (readonly [Region, Point])[]; unit: number } {
  const eyes = between(left!, right!, 0.5);
  const mouth = between(leftMouth!, rightMouth!, 0.5);
  const unit = Math.max(Math.hypot(right![0] - left![0], right![1] - left![1]), Math.hypot(mouth[0] - eyes[0], mouth[1] - eyes[1]), 1);
  const [downX, downY]: Point = [(mouth[0] - eyes[0]) / unit, (mouth[1] - eyes[1]) / unit];
  /** From a point, so far to the right of the face as seen and so far down it. */
  const from = ([x, y]: Point, across: number, down: number): Point => [
    x + unit * (across * downY + down * downX), y + unit * (down * downY - across * downX)];
  const anchors: (readonly [Region, Point])[] = [
    ['EYES', left!], ['EYES', right!],
    ['NOSE', nose!], ['NOSE', between(eyes, nose!, 0.5)],
    ['MOUTH', leftMouth!], ['MOUTH', mouth], ['MOUTH', rightMouth!],
    ['CHEEKS', from(between(left!, leftMouth!, 0.5), -OUTWARDS, 0)], ['CHEEKS', from(between(right!, rightMouth!, 0.5), OUTWARDS, 0)],
    ...[-BESIDE, 0, BESIDE].map((across) => ['FOREHEAD', from(eyes, across, -ABOVE)] as const),
  ];
  return { anchors, unit };
}

/**
 * How each map's mass lies over the regions: maps × regions, each row summing to 1. The mass of a cell is its weight in the pooling of its map.
 * @param attention K maps of `cells.length` values, end to end
 */
export function massByRegion(attention: ArrayLike<number>, cells: Uint8Array): Float32Array {
  const maps = attention.length / cells.length;
  const mass = new Float32Array(maps * REGIONS.length);
  for (let map = 0; map < maps; map++) {
    const row = mass.subarray(map * REGIONS.length, (map + 1) * REGIONS.length);
    cells.forEach((region, cell) => (row[region]! += attention[map * cells.length + cell]!));
    const total = row.reduce((sum, value) => sum + value, 0);
    row.forEach((value, region) => (row[region] = total > 0 ? value / total : 1 / REGIONS.length));
  }
  return mass;
}

/** Where the network looked: the maps' masses, weighted by importance. As many values as a map has cells; they sum to 1. */
export function gaze(attention: ArrayLike<number>, importance: Float32Array): Float32Array {
  const cells = attention.length / importance.length;
  const sum = new Float32Array(cells);
  importance.forEach((weight, map) => {
    let total = 0;
    for (let cell = 0; cell < cells; cell++) total += attention[map * cells + cell]!;
    for (let cell = 0; cell < cells && total > 0; cell++) sum[cell]! += (weight * attention[map * cells + cell]!) / total;
  });
  return sum;
}

/** Overwrites cells of a chip of three planes, in place, with a value a plane. */
export function hide(planes: Float32Array, { chip, grid }: { readonly chip: Grid; readonly grid: Grid }, hidden: (cell: number) => boolean, values: readonly number[]): void {
  const plane = chip.width * chip.height;
  for (let at = 0; at < plane; at++) {
    const column = Math.floor(((at % chip.width) * grid.width) / chip.width);
    const row = Math.floor((Math.floor(at / chip.width) * grid.height) / chip.height);
    if (hidden(row * grid.width + column)) values.forEach((value, channel) => (planes[channel * plane + at] = value));
  }
}
