import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What is read of a V8 CPU profile. */
interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly functionName: string; readonly url: string } }[];
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
  /** Microseconds of the system's monotonic clock. */
  readonly startTime: number;
}

interface Window {
  /** Microseconds of the system's monotonic clock. */
  readonly from: number;
  readonly to: number;
}

/** Frames of a thread that waits for work: V8's own name, and the function in which piscina's threads wait. */
const WAITING = new Set(['(idle)', 'atomicsWaitLoop']);
/** The module whose native calls are passes of a network. */
const NETWORKS = 'onnxruntime-node/dist/backend.js';

/**
 * Of the time in which the vision threads were busy, the share that they spent inside the networks, read off the profiles that a server
 * under `--cpu-prof` has left in a folder. A vision thread is one that runs networks. Throws when there is none.
 */
export async function passShare(folder: string, window: Window): Promise<number> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'));
  const threads = await Promise.all(files.map(async (name) => busy(JSON.parse(await readFile(join(folder, name), 'utf8')) as Profile, window)));
  const vision = threads.filter(({ networks }) => networks > 0);
  if (vision.length === 0) throw new Error(`no profile in ${folder} shows a network at work`);
  const sum = (pick: 'networks' | 'all'): number => vision.reduce((total, thread) => total + thread[pick], 0);
  return sum('networks') / sum('all');
}

/** Microseconds of one thread that were not spent waiting. */
export function busy({ nodes, samples, timeDeltas, startTime }: Profile, { from, to }: Window): { networks: number; all: number } {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const found = { networks: 0, all: 0 };
  let now = startTime;
  samples.forEach((id, i) => {
    const lasted = timeDeltas[i] ?? 0;
    now += lasted;
    const frame = frames.get(id);
    if (frame === undefined || now < from || now > to || WAITING.has(frame.functionName)) return;
    found.all += lasted;
    if (frame.url.endsWith(NETWORKS)) found.networks += lasted;
  });
  return found;
}
