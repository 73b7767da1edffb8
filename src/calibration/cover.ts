import type { Landmarks } from '../types.js';

/** An upright picture: 8-bit RGB, rows packed. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** In the face's own coordinates: origin half-way between eyes and mouth, y towards the mouth, the unit about the distance of the eyes. */
type Hidden = (x: number, y: number) => boolean;

const EYES = -0.55;

/**
 * Ways to hide a part of a face, by how much they leave: a light one (about 0.6 can be seen), a middling one (0.4), a heavy one (0.2). Each
 * is moved a little for every face (`shift`), and mirrored for one in two.
 */
const KINDS: readonly (readonly ((shift: number) => Hidden)[])[] = [
  [
    (shift) => (_, y) => Math.abs(y - EYES - shift) < 0.28, // dark glasses
    (shift) => (_, y) => y > 0.3 + shift, // a scarf
    (shift) => (_, y) => y < -0.1 + shift, // a hat drawn low
    (shift) => (x) => x > 0.15 + shift, // a door
  ],
  [
    (shift) => (_, y) => y > -0.12 + shift, // a mask
    (shift) => (_, y) => y < 0.28 + shift, // all but the mouth
    (shift) => (x, y) => y > 0.25 + shift || x > 0.2, // a hand with a scarf
  ],
  [
    (shift) => (x) => x > -0.32 + shift, // behind a corner
    (shift) => (x, y) => x > 0.05 + shift || y > -0.1, // one eye
    (shift) => (_, y) => y > -0.15 + shift || y < EYES + 0.05, // a slit
  ],
];

const COLOURS = [[40, 44, 52], [128, 128, 128], [169, 201, 214], [185, 128, 95], [232, 232, 228], [120, 30, 30]] as const;

/** A copy with a part of the face hidden, for each of the three amounts. */
export function covered(picture: Pixels, landmarks: Landmarks, random: () => number): Pixels[] {
  return KINDS.map((kinds) => {
    const hidden = pick(kinds, random)((random() - 0.5) * 0.16);
    const side = random() < 0.5 ? -1 : 1;
    return paint(picture, landmarks, (x, y) => hidden(side * x, y), pick(COLOURS, random));
  });
}

const pick = <T>(from: readonly T[], random: () => number): T => from[Math.floor(random() * from.length)] as T;

/** The occluder reaches a little beyond the head and ends there. */
const REACH = { x: 1.4, y: 2, middle: -0.1 };

function paint({ width, height, data: before }: Pixels, landmarks: Landmarks, hidden: Hidden, colour: readonly [number, number, number]): Pixels {
  const data = before.slice();
  const { toFace, origin, unit } = frameOf(landmarks);
  const far = Math.ceil(unit * Math.hypot(REACH.x, REACH.y) + unit);
  const [left, top] = [Math.max(0, Math.floor(origin.x - far)), Math.max(0, Math.floor(origin.y - far))];
  const [right, bottom] = [Math.min(width, Math.ceil(origin.x + far)), Math.min(height, Math.ceil(origin.y + far))];
  for (let py = top; py < bottom; py++) {
    for (let px = left; px < right; px++) {
      const [x, y] = toFace(px, py);
      if (Math.hypot(x / REACH.x, (y - REACH.middle) / REACH.y) < 1 && hidden(x, y)) data.set(colour, (py * width + px) * 3);
    }
  }
  return { width, height, data };
}

/** Eyes stand as far apart as 0.86 times their distance from the mouth; turned heads shorten the one, not the other. */
const EYES_PER_HEIGHT = 0.86;

function frameOf([leftEye, rightEye, , leftMouth, rightMouth]: Landmarks) {
  const [eyes, mouth] = [middle(leftEye, rightEye), middle(leftMouth, rightMouth)];
  const down = { x: mouth.x - eyes.x, y: mouth.y - eyes.y };
  const height = Math.hypot(down.x, down.y) || 1;
  const [dx, dy] = [down.x / height, down.y / height];
  const unit = Math.max(Math.hypot(rightEye.x - leftEye.x, rightEye.y - leftEye.y), EYES_PER_HEIGHT * height);
  const origin = middle(eyes, mouth);
  const toFace = (px: number, py: number): [number, number] => {
    const [x, y] = [(px - origin.x) / unit, (py - origin.y) / unit];
    return [x * dy - y * dx, x * dx + y * dy];
  };
  return { toFace, origin, unit };
}

interface Place {
  readonly x: number;
  readonly y: number;
}

const middle = (a: Place, b: Place): Place => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
