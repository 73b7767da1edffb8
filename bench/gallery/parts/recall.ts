import { bareIndex, searchBare } from '../bare.js';
import { built, crowdOf, refereed } from '../kept.js';
import { frames, measure, type Reading } from '../measure.js';
import { inFolder, open, settled } from '../stand.js';
import type { Part } from '../part.js';

const PROBES = 1_000;

/** Recall and time of the whole gallery, beside hnswlib-node at the same recall. `dir` keeps what was built for it, and both are only searched then. */
export const recall: Part = (options, note) =>
  options.dir === undefined ? inFolder((dir) => measured(dir, options.faces, note)) : measured(options.dir, options.faces, note);

async function measured(dir: string, faces: number, note: (text: string) => void): Promise<object> {
  const addsPerSecond = await built(dir, faces, note);
  const { probes, right } = refereed(dir, { faces, count: PROBES, note });
  note('searching');
  const own = await searched(dir, probes, right);
  note(`hnswlib-node; the gallery itself: ${JSON.stringify(own)}`);
  return { ...own, addsPerSecond, ...searchBare(bareIndex(dir, () => crowdOf(faces)), probes, right, own) };
}

async function searched(dir: string, probes: readonly Float32Array[], right: readonly (readonly string[])[]): Promise<Reading & { readonly ofOne: object; readonly p50FrameMs: number; readonly p99FrameMs: number }> {
  const gallery = await open(dir);
  try {
    await settled(gallery); // for half a second after the start its faces find their place
    const ten = await measure(gallery, probes, right);
    const one = await measure(gallery, probes, right, 1);
    return { ...ten, ofOne: { recallAt1: one.recallAt1, p50Ms: one.p50OneMs, p99Ms: one.p99OneMs }, ...(await frames(gallery, probes)) };
  } finally {
    await gallery.close();
  }
}
