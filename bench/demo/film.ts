import sharp from 'sharp';
import type { Box } from '../../src/types.js';
import { groupPhotographs, type Picture } from '../support/pictures.js';
import { HEIGHT, toCamera, viewAt, WIDTH } from './camera.js';
import { type Affine, area, compose, faceBox, faceFrame, overlap } from './geometry.js';
import { degrade } from './lens.js';
import { coverage, type Kind, KINDS, place, type Placed, toSvg } from './occluders.js';
import { enrolments, FACES } from './truth.js';

/** `passing`: an occluder is on its way in or out, or a neighbour's reaches over. Counted by itself, so that it helps no other row. */
export type Occlusion = Kind | 'passing';

export interface FilmedFace {
  readonly person: number | undefined;
  readonly occlusion: Occlusion;
  /** In the frame's pixels. */
  readonly box: Box;
  /** Whether the person is enrolled from another photograph than this one: the harder case. */
  readonly elsewhere: boolean;
  /** Whether the frame shows the face whole; only then it counts. */
  readonly whole: boolean;
}

export interface FilmedFrame {
  readonly jpeg: Buffer;
  readonly faces: readonly FilmedFace[];
}

/** Frames that are drawn at the same time: enough for the cores to share, few enough for memory. */
const AT_ONCE = 8;

interface Scene {
  /** 0 for the first photograph. */
  readonly number: number;
  /** Packed RGB. */
  readonly pixels: Buffer;
  readonly width: number;
  readonly height: number;
  readonly faces: readonly (Pick<FilmedFace, 'person' | 'elsewhere'> & { readonly frame: Affine })[];
}

/** Every photograph in turn, `length` frames each. The film is the same in every run. */
export async function shootFilm(length: number): Promise<FilmedFrame[]> {
  const scenes = await Promise.all(groupPhotographs().map(openScene));
  const film: FilmedFrame[] = [];
  for (const scene of scenes) {
    const start = film.length;
    for (let i = 0; i < length; i += AT_ONCE) {
      const numbers = Array.from({ length: Math.min(AT_ONCE, length - i) }, (_, k) => i + k);
      film.push(...(await Promise.all(numbers.map((n) => shoot(scene, (n + 0.5) / length, start + n)))));
    }
  }
  return film;
}

async function openScene({ bytes }: Picture, number: number): Promise<Scene> {
  const { data, info } = await sharp(bytes).rotate().removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const sources = enrolments();
  const here = FACES.filter(({ photograph }) => photograph === number + 1);
  const faces = here.map((face) => ({
    person: face.person,
    elsewhere: face.person !== undefined && sources.get(face.person) !== face,
    frame: faceFrame(face.points),
  }));
  return { number, pixels: data, width: info.width, height: info.height, faces };
}

async function shoot(scene: Scene, progress: number, number: number): Promise<FilmedFrame> {
  const view = viewAt(progress, scene, scene.faces.map(({ frame }) => [frame.e, frame.f] as const));
  const camera = toCamera(view);
  const own = scene.faces.map(({ frame }, i) => occluderFor(scene.number + i, progress, compose(camera, frame)));
  const all = own.flatMap((placed) => placed ?? []);
  const faces = scene.faces.map(({ person, elsewhere, frame }, i): FilmedFace => {
    const seen = compose(camera, frame);
    const box = faceBox(seen);
    return { person, elsewhere, box, occlusion: occlusionOf(seen, own[i], all), whole: overlap(box, FRAME) >= 0.97 * area(box) };
  });
  const { pixels, width, height } = scene;
  const shown = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .extract(view)
    .resize(WIDTH, HEIGHT, { fit: 'fill', kernel: 'linear' })
    .composite([{ input: Buffer.from(toSvg(all, WIDTH, HEIGHT)) }])
    .removeAlpha()
    .raw()
    .toBuffer();
  return { jpeg: await degrade(shown, number), faces };
}

const FRAME: Box = { x: 0, y: 0, width: WIDTH, height: HEIGHT };

/**
 * While the camera visits a photograph each of its faces goes through every occlusion, each face in
 * another order; what comes while the camera is close, and few faces are in view, differs from photograph to photograph.
 */
function occluderFor(turn: number, progress: number, frame: Affine): Placed | undefined {
  const act = Math.floor(progress * KINDS.length);
  const kind = KINDS[(act + turn) % KINDS.length] ?? 'none';
  return kind === 'none' ? undefined : place(kind, progress * KINDS.length - act, frame);
}

function occlusionOf(frame: Affine, own: Placed | undefined, all: readonly Placed[]): Occlusion {
  const hidden = coverage(frame, all);
  if (hidden < 0.02) return 'none';
  const byOwn = own === undefined ? 0 : coverage(frame, [own]);
  return own?.inPlace === true && byOwn >= 0.1 && hidden - byOwn < 0.05 ? own.kind : 'passing';
}
