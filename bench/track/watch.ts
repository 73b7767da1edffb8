import { availableParallelism } from 'node:os';
import { MODELS_DIR } from '../../src/paths.js';
import { openVision } from '../../src/pipeline/vision-pool.js';
import type { FrameAnalysis } from '../../src/types.js';
import type { Actor } from './cast.js';
import { type Shown, Stage } from './render.js';
import { HEIGHT, MOST_FPS, type Walk, WIDTH } from './script.js';

/** What production vision makes of a frame, and what is true of it. */
export interface Watched {
  /** At MOST_FPS. */
  readonly number: number;
  readonly seen: FrameAnalysis;
  readonly truth: readonly Shown[];
}

const LOOK = { minFaceSize: 20, maxFaces: 100, select: 'ALL', wantCrops: false, wantAttention: false, wantParts: true, wantWeak: true } as const;

/** Plays a clip before the production vision: every frame that any of the rates needs, once. */
export async function watchClip(
  walks: readonly Walk[],
  actors: readonly Actor[],
  { seconds, rates, next, onFrame }: { readonly seconds: number; readonly rates: readonly number[]; readonly next: () => number; readonly onFrame: (done: number, total: number) => void },
): Promise<Watched[]> {
  const workers = availableParallelism();
  const vision = await openVision({ modelsDir: MODELS_DIR, workers, detectorSize: 640, maxPixels: 50e6 });
  const stage = await Stage.open(walks, actors, next);
  const numbers = [...new Set(rates.flatMap((fps) => framesAt(fps, seconds)))].sort((a, b) => a - b);
  const watched: Watched[] = [];
  try {
    for (let start = 0; start < numbers.length; start += 2 * workers) {
      const some = numbers.slice(start, start + 2 * workers).map(async (number) => {
        const { pixels, truth } = stage.render(number);
        const seen = await vision.analyse({ raw: { format: 'RGB24', width: WIDTH, height: HEIGHT, stride: 0, data: pixels } }, LOOK);
        return { number, seen, truth };
      });
      watched.push(...(await Promise.all(some)));
      onFrame(watched.length, numbers.length);
    }
  } finally {
    await vision.close();
  }
  return watched;
}

/** The frames that a camera of this rate takes. */
export function framesAt(fps: number, seconds: number): number[] {
  return Array.from({ length: Math.floor(seconds * fps) }, (_, i) => Math.round((i * MOST_FPS) / fps));
}
