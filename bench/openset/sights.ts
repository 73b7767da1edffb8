/** What production sees of the research photographs, kept beside the network's hash: looking at them again would take minutes. */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { availableParallelism } from 'node:os';
import type { Pixels } from '../../src/calibration/cover.js';
import { type Look, looks } from '../../src/pipeline/looks.js';
import { openVision } from '../../src/pipeline/vision-pool.js';
import { fromText, toText } from '../../src/recording/codec.js';
import { ROOT } from '../../src/paths.js';
import { fingerprint } from '../../src/runtime/fingerprint.js';
import { decode } from '../../src/vision/image.js';
import { field, Pack } from '../eval/packs.js';

/** One photograph of a pack that is wanted. */
export interface Wanted {
  readonly pack: string;
  readonly row: number;
  /** Under covers too. */
  readonly covers: boolean;
}

export interface Sight extends Wanted {
  readonly looks: readonly Look[];
}

interface Looking {
  readonly data: string;
  readonly modelsDir: string;
  /** A folder that may be deleted at any time. */
  readonly cache: string;
  readonly onProgress: (done: number, total: number) => void;
}

/** Ignored by git. */
export const CACHE = join(ROOT, '.work', 'sights');

/** The photographs are a hundred to two hundred pixels wide: at this size the detector sees them about as they are. */
const DETECTOR_SIZE = 256;
const MIN_FACE_SIZE = 20;
/** A crop has no surroundings, which a detector wants: so much grey is put around it, in pixels. */
const MARGIN = 48;
const GREY = 128;

/** Each wanted photograph's looks, in that order. */
export async function sightsOf(wanted: readonly Wanted[], { data, modelsDir, cache, onProgress }: Looking): Promise<Sight[]> {
  const { detector, embedder } = await fingerprint(modelsDir);
  const folder = join(cache, `${embedder.slice(0, 12)}-${detector.slice(0, 12)}`);
  await mkdir(folder, { recursive: true });
  const known = await readCache(folder, new Set(wanted.map(({ pack }) => pack)));
  const missing = wanted.filter((one) => !known.has(keyOf(one)));
  if (missing.length > 0) await look(missing, { data, modelsDir, folder, known, onProgress });
  return wanted.map((one) => known.get(keyOf(one)) ?? { ...one, looks: [] });
}

const keyOf = ({ pack, row, covers }: Wanted): string => `${pack} ${row} ${covers ? 'covers' : 'plain'}`;

async function readCache(folder: string, packs: ReadonlySet<string>): Promise<Map<string, Sight>> {
  const known = new Map<string, Sight>();
  for (const pack of packs) {
    const text = await readFile(join(folder, `${pack}.ndjson`), 'utf8').catch(() => '');
    // The last line is torn if the process was killed while it wrote.
    for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
      if (line === '') continue;
      const sight = fromText(line) as Sight;
      known.set(keyOf(sight), sight);
      if (sight.covers) known.set(keyOf({ ...sight, covers: false }), { ...sight, looks: sight.looks.filter(({ view }) => view === 0) });
    }
  }
  return known;
}

interface Job extends Omit<Looking, 'cache'> {
  readonly folder: string;
  readonly known: Map<string, Sight>;
}

async function look(missing: readonly Wanted[], { data, modelsDir, folder, known, onProgress }: Job): Promise<void> {
  const workers = availableParallelism();
  const vision = await openVision({ modelsDir, workers, detectorSize: DETECTOR_SIZE, maxPixels: 1e7 });
  const packs = new Map<string, Pack>();
  for (const { pack } of missing) if (!packs.has(pack)) packs.set(pack, await Pack.open(data, pack));
  const queue = missing.values();
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      const wanted = next.value;
      const pack = packs.get(wanted.pack) as Pack;
      const picture = withMargin(await decode(await pack.read(wanted.row), 1e7), isCrop(wanted.pack) ? MARGIN : 0);
      const sight = { ...wanted, looks: await looks(vision, picture, { seed: seedOf(pack, wanted.row), minFaceSize: MIN_FACE_SIZE, covers: wanted.covers }) };
      known.set(keyOf(wanted), sight);
      await appendFile(join(folder, `${wanted.pack}.ndjson`), `${toText(sight)}\n`);
      onProgress(++done, missing.length);
    }
  };
  try {
    await Promise.all(Array.from({ length: 2 * workers }, worker));
  } finally {
    await Promise.all([...packs.values()].map((pack) => pack.close()));
    await vision.close();
  }
}

const isCrop = (pack: string): boolean => pack.startsWith('train-');

const seedOf = ({ rows }: Pack, row: number): number => Number(field(rows[row] ?? {}, 'offset')) + 1;

function withMargin(picture: Pixels, margin: number): Pixels {
  if (margin === 0) return picture;
  const [width, height] = [picture.width + 2 * margin, picture.height + 2 * margin];
  const data = new Uint8Array(width * height * 3).fill(GREY);
  for (let y = 0; y < picture.height; y++) {
    data.set(picture.data.subarray(y * picture.width * 3, (y + 1) * picture.width * 3), ((y + margin) * width + margin) * 3);
  }
  return { width, height, data };
}
