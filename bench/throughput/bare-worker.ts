import { once } from 'node:events';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { sum } from '../support/stats.js';
import { groupFrames } from '../support/pictures.js';
import { record, type Replay } from './replay.js';

export interface BareWork {
  readonly modelsDir: string;
  /** As in LoadInput. */
  readonly width: number;
  readonly measureMs: number;
  /** ONNX Runtime with the files as they are, not as the service prepares them. */
  readonly plain: boolean;
}

export interface BareReading {
  readonly frames: number;
  readonly faces: number;
  readonly seconds: number;
  readonly detectSeconds: number;
}

if (parentPort !== null) await main(parentPort, workerData as BareWork);

/** Says `warm`, waits for the word, measures, answers. */
async function main(parent: MessagePort, { modelsDir, width, measureMs, plain }: BareWork): Promise<void> {
  const replays = await record(modelsDir, await groupFrames(width), plain);
  await round(replays);
  parent.postMessage('warm');
  await once(parent, 'message');
  parent.postMessage(await measure(replays, measureMs));
  parent.close();
}

/** Whole rounds over all pictures, so that every trial measures the same mixture. */
async function measure(replays: readonly Replay[], measureMs: number): Promise<BareReading> {
  const start = performance.now();
  let [rounds, detectMs] = [0, 0];
  do {
    detectMs += await round(replays);
    rounds += 1;
  } while (performance.now() - start < measureMs);
  return {
    frames: rounds * replays.length,
    faces: rounds * sum(replays.map(({ faces }) => faces)),
    seconds: (performance.now() - start) / 1000,
    detectSeconds: detectMs / 1000,
  };
}

/** The detector once a picture, the embedder once a face; returns the milliseconds that the detector took. */
async function round(replays: readonly Replay[]): Promise<number> {
  let detectMs = 0;
  for (const replay of replays) {
    const start = performance.now();
    await replay.detect();
    detectMs += performance.now() - start;
    await replay.embed();
  }
  return detectMs;
}
