import { setTimeout as sleep } from 'node:timers/promises';
import { type Face, type Frame, type GlimpseClient, toTimestamp } from '../../src/client/index.js';
import type { FilmedFrame } from './film.js';

export interface Answer {
  readonly frame: FilmedFrame;
  /** Absent when the frame was superseded by a newer one. */
  readonly faces?: readonly Face[];
  /** Milliseconds from the frame's capture to its answer, as this process saw it. */
  readonly latencyMs: number;
}

export interface Played {
  readonly answers: readonly Answer[];
  readonly seconds: number;
}

/** Plays the film as a live camera would: a frame is sent when its time has come, whether or not the last one is answered. */
export async function playFilm(client: GlimpseClient, film: readonly FilmedFrame[], framesPerSecond: number): Promise<Played> {
  const capturedAt: number[] = [];
  const start = performance.now();
  async function* camera(): AsyncGenerator<Frame> {
    for (const [sequence, { jpeg }] of film.entries()) {
      await sleep(Math.max(0, start + (sequence * 1000) / framesPerSecond - performance.now()));
      capturedAt[sequence] = performance.now();
      yield { sequence, capturedAt: toTimestamp(new Date()), image: { encoded: jpeg } };
    }
  }
  const answers: Answer[] = [];
  for await (const { sequence, result, skipped } of client.identify({ cameraId: 'demo', framePolicy: 'LATEST', topK: 1 }, camera())) {
    const frame = film[sequence];
    if (frame === undefined) throw new Error(`an answer to frame ${sequence}, which was never sent`);
    if (skipped && skipped.reason !== 'SUPERSEDED') throw new Error(`frame ${sequence} was skipped: ${skipped.reason} ${skipped.detail}`);
    answers.push({ frame, latencyMs: performance.now() - (capturedAt[sequence] ?? NaN), ...(result && { faces: result.faces }) });
  }
  return { answers, seconds: (performance.now() - start) / 1000 };
}
