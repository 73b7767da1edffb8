import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { FilmedFrame, Occlusion } from './film.js';
import { drawFrame } from './overlay.js';
import type { PagePicture } from './page.js';
import type { ScoredFace } from './score.js';
import { ROWS } from './tally.js';

export interface ScoredFrame {
  readonly frame: FilmedFrame;
  readonly scored: readonly ScoredFace[];
}

const A_ROW = 6;
const PAGE_WIDTH = 760;

/** Writes annotated frames into `folder/frames`, named by occlusion, and returns smaller ones for the page. */
export async function writePictures(folder: string, film: readonly ScoredFrame[]): Promise<PagePicture[]> {
  const frames = join(folder, 'frames');
  await rm(frames, { recursive: true, force: true });
  await mkdir(frames, { recursive: true });
  const pictures: PagePicture[] = [];
  for (const occlusion of ROWS) {
    for (const [index, { frame, scored }] of choose(film, occlusion).entries()) {
      const drawn = await drawFrame(frame.jpeg, scored);
      await writeFile(join(frames, `${occlusion}-${index + 1}.jpg`), drawn);
      pictures.push({ occlusion, jpeg: await sharp(drawn).resize(PAGE_WIDTH).jpeg({ quality: 72 }).toBuffer() });
    }
  }
  return pictures;
}

/** Spread evenly over the film, mistakes first: a page that hides its mistakes would be no report. */
function choose(film: readonly ScoredFrame[], occlusion: Occlusion): ScoredFrame[] {
  const showing = film.filter(({ frame }) => frame.faces.some((face) => face.occlusion === occlusion && face.whole));
  const mistaken = showing.filter(({ scored }) => scored.some(({ verdict, truth }) => verdict === 'wrong' && (truth?.occlusion ?? 'none') === occlusion));
  const spread = Array.from({ length: A_ROW }, (_, i) => showing[Math.floor(((i + 0.5) * showing.length) / A_ROW)]);
  return [...new Set([...mistaken.slice(0, A_ROW / 2), ...spread])].filter((frame) => frame !== undefined).slice(0, A_ROW);
}
