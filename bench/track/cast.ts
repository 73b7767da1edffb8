import sharp from 'sharp';
import { field, numbers, Pack } from '../eval/packs.js';
import { type Affine, faceFrame } from '../demo/geometry.js';
import { type Kind, place, toSvg } from '../demo/occluders.js';
import { FACES, type FivePoints, type Point } from '../demo/truth.js';
import { groupPhotographs } from '../support/pictures.js';

/** Pixels of the unit of a face's own coordinates (about the distance of its eyes) in a cut-out. */
export const UNIT = 40;
/** What a cut-out shows, in units: hair to collar. The face's origin, half-way between eyes and mouth, lies at (LEFT, TOP). */
const [LEFT, TOP, RIGHT, BOTTOM] = [1.9, 2.3, 1.9, 2.0];
export const CUT = { width: (LEFT + RIGHT) * UNIT, height: (TOP + BOTTOM) * UNIT, x: LEFT * UNIT, y: TOP * UNIT } as const;

export const WORN = ['none', 'mask', 'sunglasses', 'hand'] as const satisfies readonly Kind[];
export type Worn = (typeof WORN)[number];

/** A head, cut out of a photograph, packed RGBA of CUT's size; with each of the things that may hide some of it. */
export type Actor = Readonly<Record<Worn, Buffer>>;

/** People of the demo's photographs, each once, or so many of LFW. */
export async function cast(data: string | undefined, most: number): Promise<Actor[]> {
  return data === undefined ? fromPhotographs(most) : fromLfw(data, most);
}

async function fromPhotographs(most: number): Promise<Actor[]> {
  const photographs = groupPhotographs();
  const once = FACES.filter(({ person }, i) => person === undefined || FACES.findIndex((other) => other.person === person) === i);
  return Promise.all(once.slice(0, most).map(({ photograph, points }) => cutOut(photographs[photograph - 1]?.bytes ?? Buffer.alloc(0), points)));
}

async function fromLfw(data: string, most: number): Promise<Actor[]> {
  const pack = await Pack.open(data, 'lfw');
  // Pictures are sorted by person: so far apart they show different people.
  const step = Math.max(1, Math.floor(pack.rows.length / most));
  const actors: Actor[] = [];
  for (let i = 0; i < most; i++) {
    const flat = numbers(field(pack.rows[i * step] ?? {}, 'landmarks_xy5'));
    const points = Array.from({ length: 5 }, (_, point): Point => [flat[2 * point] ?? NaN, flat[2 * point + 1] ?? NaN]);
    actors.push(await cutOut(Buffer.from(await pack.read(i * step)), points as unknown as FivePoints));
  }
  await pack.close();
  return actors;
}

async function cutOut(photograph: Buffer, points: FivePoints): Promise<Actor> {
  const frame = faceFrame(points);
  const unit = Math.hypot(frame.a, frame.b);
  const { data, info } = await sharp(photograph).rotate().removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const margin = Math.ceil(3 * unit);
  const pixels = { width: info.width + 2 * margin, height: info.height + 2 * margin };
  const wide = await sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } })
    .extend({ top: margin, bottom: margin, left: margin, right: margin, extendWith: 'copy' }).raw().toBuffer();
  const area = { left: Math.round(frame.e + margin - LEFT * unit), top: Math.round(frame.f + margin - TOP * unit), width: Math.round((LEFT + RIGHT) * unit), height: Math.round((TOP + BOTTOM) * unit) };
  const head = await sharp(wide, { raw: { ...pixels, channels: 3 } }).extract(area).resize(CUT.width, CUT.height, { fit: 'fill' }).raw().toBuffer();
  const [turned, shape] = [turnedFrame(frame, unit), await outline()];
  const worn = await Promise.all(WORN.map(async (kind) => [kind, await wear(head, shape, kind, turned)] as const));
  return Object.fromEntries(worn) as unknown as Actor;
}

/** The face's own coordinates within the cut-out, tilted as in the photograph. */
function turnedFrame({ a, b, c, d }: Affine, unit: number): Affine {
  const scale = UNIT / unit;
  return { a: a * scale, b: b * scale, c: c * scale, d: d * scale, e: CUT.x, f: CUT.y };
}

async function wear(head: Buffer, shape: Buffer, kind: Worn, frame: Affine): Promise<Buffer> {
  const overlay = kind === 'none' ? [] : [{ input: Buffer.from(toSvg([place(kind, 0.5, frame)], CUT.width, CUT.height)) }];
  const dressed = await sharp(head, { raw: { width: CUT.width, height: CUT.height, channels: 3 } }).composite(overlay).removeAlpha().raw().toBuffer();
  return sharp(dressed, { raw: { width: CUT.width, height: CUT.height, channels: 3 } })
    .joinChannel(shape, { raw: { width: CUT.width, height: CUT.height, channels: 1 } }).raw().toBuffer();
}

/** Where a head is, and not what was behind it: an ellipse with a soft rim. */
async function outline(): Promise<Buffer> {
  const { width, height } = CUT;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%"/><ellipse cx="${CUT.x}" cy="${height * 0.49}" rx="${width * 0.44}" ry="${height * 0.46}" fill="#fff"/></svg>`;
  return sharp(Buffer.from(svg)).removeAlpha().blur(2.5).extractChannel(0).raw().toBuffer();
}
