import type { Worn } from './cast.js';

export const [WIDTH, HEIGHT] = [1280, 720];
/** The rate at which a clip is played out; slower cameras see some of its frames. */
export const MOST_FPS = 25;

/** Something upright that stands before everybody. Pixels. */
export interface Pillar {
  readonly left: number;
  readonly width: number;
}

export const PILLARS: readonly Pillar[] = [{ left: 390, width: 95 }, { left: 830, width: 120 }];

/** One person's way through the picture. */
export interface Walk {
  readonly actor: number;
  /** The first frame, at MOST_FPS. */
  readonly from: number;
  /** Where the middle of the face is, frame by frame. Pixels. */
  readonly path: readonly (readonly [x: number, y: number])[];
  /** Size: pixels of the face's unit. */
  readonly unit: number;
  readonly worn: readonly Worn[];
}

export interface ClipOptions {
  /** How many are in the picture at a time, about. */
  readonly people: number;
  readonly seconds: number;
  /** Different people at hand; nobody comes twice within a clip. */
  readonly actors: number;
  readonly next: () => number;
}

/** Longest time for which anybody is out of sight. */
const HIDDEN_SECONDS = 2;

/** People come in from both sides and cross, stand behind a pillar, turn round there or in the open, put something before their faces. */
export function writeScript({ people, seconds, actors, next }: ClipOptions): Walk[] {
  const walks: Walk[] = [];
  // Somebody takes about six seconds to cross.
  const every = (6 / people) * MOST_FPS;
  for (let from = 0, actor = 0; from < (seconds - 2) * MOST_FPS && actor < actors; actor++, from += every * (0.5 + next())) {
    walks.push(walk(actor, Math.round(from), next, seconds * MOST_FPS));
  }
  return walks;
}

function walk(actor: number, from: number, next: () => number, end: number): Walk {
  const unit = 23 + 17 * next();
  const speed = (140 + 130 * next()) / MOST_FPS;
  const lane = 110 + 500 * next();
  const [sway, pace] = [3 + 5 * next(), 1.5 + next()];
  const turnsAt = next() < 0.15 ? 250 + 780 * next() : -1;
  const stopsAt = next() < 0.4 ? PILLARS[next() < 0.5 ? 0 : 1] : undefined;
  const turnsThere = next() < 0.3;
  let forward = next() < 0.5;
  let x = forward ? -50 : WIDTH + 50;
  let [turned, stopped, standing] = [false, false, 0];
  const path: [number, number][] = [];
  for (let frame = from; frame < end && x >= -60 && x <= WIDTH + 60; frame++) {
    path.push([x, lane + sway * Math.sin((2 * Math.PI * pace * frame) / MOST_FPS)]);
    if (standing > 0) {
      standing -= 1;
      continue;
    }
    const before = x;
    x += forward ? speed : -speed;
    const passed = (place: number): boolean => (before - place) * (x - place) <= 0;
    if (!turned && turnsAt >= 0 && passed(turnsAt)) [turned, forward] = [true, !forward];
    if (stopped || stopsAt === undefined || !passed(stopsAt.left + stopsAt.width / 2)) continue;
    stopped = true;
    // A face is out of sight from when its second half goes until its first half comes out.
    const passing = (stopsAt.width + 0.4 * unit) / speed;
    standing = Math.max(0, Math.floor(next() * (HIDDEN_SECONDS * MOST_FPS - passing)));
    if (turnsThere) forward = !forward;
  }
  return { actor, from, path, unit, worn: wardrobe(path.length, next) };
}

/** Some wear something all along, some for a second or two. */
function wardrobe(frames: number, next: () => number): Worn[] {
  const what = next();
  const kind: Worn = what < 0.2 ? 'mask' : what < 0.4 ? 'sunglasses' : what < 0.7 ? 'hand' : 'none';
  const always = kind !== 'hand' && next() < 0.6;
  const start = Math.floor(next() * frames * 0.7);
  const stop = start + (1 + next()) * MOST_FPS;
  return Array.from({ length: frames }, (_, i) => (always || (i >= start && i < stop) ? kind : 'none'));
}
