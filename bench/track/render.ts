import sharp from 'sharp';
import type { Box } from '../../src/types.js';
import { groupPhotographs } from '../support/pictures.js';
import { type Actor, CUT, UNIT } from './cast.js';
import { HEIGHT, PILLARS, type Walk, WIDTH } from './script.js';

/** Where a face is in a frame. */
export interface Shown {
  /** Which of the clip's walks. */
  readonly walk: number;
  readonly box: Box;
  /** Share of the face that the picture shows, 0 to 1: not beyond its edge, nor behind a pillar or another head. */
  readonly visible: number;
  /** What goes round that share: a detector's box does too. Absent where nothing is seen. */
  readonly seen?: Box;
}

export interface Rendered {
  /** Packed RGB. */
  readonly pixels: Buffer;
  readonly truth: readonly Shown[];
}

/** The face itself, in units from its origin (as in the demo's geometry). */
const FACE = { y: -0.12, halfWidth: 1.05, halfHeight: 1.4 };
const PILLAR_GREY = 96;

/** Paints the frames of a clip one after the other: who is larger stands nearer. */
export class Stage {
  private readonly owner = new Int16Array(WIDTH * HEIGHT);

  private constructor(
    private readonly backdrop: Buffer,
    private readonly walks: readonly Walk[],
    private readonly heads: readonly Actor[],
    private readonly noise: Int8Array,
  ) {}

  static async open(walks: readonly Walk[], actors: readonly Actor[], next: () => number): Promise<Stage> {
    const [photograph] = groupPhotographs();
    const backdrop = await sharp(photograph?.bytes).resize(WIDTH, HEIGHT, { fit: 'fill' }).blur(40).removeAlpha().raw().toBuffer();
    const heads = await Promise.all(walks.map(({ actor, unit }) => resized(actors[actor] as Actor, unit)));
    const noise = Int8Array.from({ length: 1 << 18 }, () => Math.round((next() + next() + next() - 1.5) * 9));
    return new Stage(backdrop, walks, heads, noise);
  }

  /** @param number at MOST_FPS */
  render(number: number): Rendered {
    const pixels = Buffer.from(this.backdrop);
    this.owner.fill(-1);
    const here = this.walks.flatMap(({ from, path, unit }, walk) => {
      const at = path[number - from];
      return at === undefined ? [] : [{ walk, at, unit, box: boxOf(at, unit) }];
    });
    for (const { walk, at, unit, box } of here.toSorted((a, b) => a.unit - b.unit)) {
      const { worn, from } = this.walks[walk] as Walk;
      const heads = this.heads[walk] as Actor;
      paste(pixels, heads[worn[number - from] ?? 'none'], cutOf(unit), at);
      this.claim(box, walk);
    }
    for (const { left, width } of PILLARS) this.pillar(pixels, left, width);
    this.spoil(pixels, number);
    return { pixels, truth: here.map(({ walk, box }) => ({ walk, box, ...this.visible(box, walk) })) };
  }

  private pillar(pixels: Buffer, left: number, width: number): void {
    for (let y = 0; y < HEIGHT; y++) {
      pixels.fill(PILLAR_GREY, 3 * (y * WIDTH + left), 3 * (y * WIDTH + left + width));
      this.owner.fill(-2, y * WIDTH + left, y * WIDTH + left + width);
    }
  }

  private claim(box: Box, walk: number): void {
    eachOfEllipse(box, (at) => {
      if (at >= 0) this.owner[at] = walk;
    });
  }

  private visible(box: Box, walk: number): Pick<Shown, 'visible' | 'seen'> {
    let [count, all] = [0, 0];
    let [left, top, right, bottom] = [WIDTH, HEIGHT, 0, 0];
    eachOfEllipse(box, (at) => {
      all += 1;
      if (at < 0 || this.owner[at] !== walk) return;
      count += 1;
      const [x, y] = [at % WIDTH, Math.floor(at / WIDTH)];
      [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x + 1), Math.max(bottom, y + 1)];
    });
    return count === 0 ? { visible: 0 } : { visible: count / all, seen: { x: left, y: top, width: right - left, height: bottom - top } };
  }

  /** Light that comes and goes, and noise. */
  private spoil(pixels: Buffer, number: number): void {
    const light = 0.95 + 0.12 * Math.sin(number / 9);
    let n = (number * 7919) % this.noise.length;
    for (let i = 0; i < pixels.length; i++) {
      const value = light * (pixels[i] ?? 0) + (this.noise[n] ?? 0);
      pixels[i] = value < 0 ? 0 : value > 255 ? 255 : value;
      n = n + 1 === this.noise.length ? 0 : n + 1;
    }
  }
}

async function resized(actor: Actor, unit: number): Promise<Actor> {
  const { width, height } = cutOf(unit);
  const scaled = Object.entries(actor).map(async ([kind, head]) => [kind, await sharp(head, { raw: { width: CUT.width, height: CUT.height, channels: 4 } }).resize(width, height, { fit: 'fill' }).raw().toBuffer()] as const);
  return Object.fromEntries(await Promise.all(scaled)) as unknown as Actor;
}

interface Cut {
  readonly width: number;
  readonly height: number;
  readonly x: number;
  readonly y: number;
}

function cutOf(unit: number): Cut {
  const scale = unit / UNIT;
  return { width: Math.round(CUT.width * scale), height: Math.round(CUT.height * scale), x: Math.round(CUT.x * scale), y: Math.round(CUT.y * scale) };
}

function boxOf([x, y]: readonly [number, number], unit: number): Box {
  const { halfWidth, halfHeight } = FACE;
  return { x: x - halfWidth * unit, y: y + (FACE.y - halfHeight) * unit, width: 2 * halfWidth * unit, height: 2 * halfHeight * unit };
}

function paste(pixels: Buffer, head: Buffer, { width, height, x, y }: Cut, [atX, atY]: readonly [number, number]): void {
  const [left, top] = [Math.round(atX) - x, Math.round(atY) - y];
  for (let row = Math.max(0, -top); row < Math.min(height, HEIGHT - top); row++) {
    for (let column = Math.max(0, -left); column < Math.min(width, WIDTH - left); column++) {
      const from = 4 * (row * width + column);
      const to = 3 * ((top + row) * WIDTH + left + column);
      const alpha = (head[from + 3] ?? 0) / 255;
      for (let c = 0; c < 3; c++) pixels[to + c] = (1 - alpha) * (pixels[to + c] ?? 0) + alpha * (head[from + c] ?? 0);
    }
  }
}

/** Places of its pixels; −1 for one beyond the picture. */
function eachOfEllipse({ x, y, width, height }: Box, visit: (at: number) => void): void {
  const [rx, ry] = [width / 2, height / 2];
  for (let row = Math.ceil(y); row < y + height; row++) {
    const v = (row - y - ry) / ry;
    for (let column = Math.ceil(x); column < x + width; column++) {
      const u = (column - x - rx) / rx;
      if (u * u + v * v > 1) continue;
      visit(row < 0 || row >= HEIGHT || column < 0 || column >= WIDTH ? -1 : row * WIDTH + column);
    }
  }
}
