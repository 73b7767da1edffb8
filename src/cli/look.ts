import { type Frame, type GlimpseClient, type IdentifyResponse, type StreamConfig, toTimestamp } from '../client/index.js';
import type { Shot, Source } from './identify-source.js';
import { isCamera } from './video.js';

export interface Looking {
  readonly source: Source;
  readonly config: StreamConfig;
  readonly signal: AbortSignal;
  /** When the n-th frame, from 1, was taken; now unless said. */
  readonly at?: (sequence: number) => Date;
}

/** Sends every shot and pairs each with its answer; shots wait here only while they are on their way. */
export async function* lookAt(client: GlimpseClient, { source, config, signal, at = () => new Date() }: Looking): AsyncGenerator<{ shot: Shot; answer: IdentifyResponse }> {
  const sent: Shot[] = [];
  async function* frames(): AsyncGenerator<Frame> {
    let sequence = 0;
    for await (const shot of source.shots) {
      sent.push(shot);
      sequence += 1;
      yield { sequence, capturedAt: toTimestamp(at(sequence)), image: { encoded: shot.encoded } };
    }
  }
  for await (const answer of client.identify(config, frames(), { signal })) {
    const shot = sent.shift();
    if (shot === undefined) throw new Error('the server answered more frames than it was sent');
    yield { shot, answer };
  }
}

/** Of a file of so many frames a second the time is counted, so that it does not depend on how fast it was looked at. */
export function clockOf({ live }: Source, fps: number | undefined): (sequence: number) => Date {
  const start = Date.now();
  return live || fps === undefined ? () => new Date() : (sequence) => new Date(start + ((sequence - 1) * 1000) / fps);
}

/** Frames a second of whatever is followed and is no camera, unless said. */
const FOLLOWED_FPS = 10;

/** How many frames of a second are looked at: to be followed, pictures need times that mean something. */
export function rateOf({ fps, track, visits }: { readonly fps?: number; readonly track?: true; readonly visits?: true }, sources: readonly string[]): number | undefined {
  return fps ?? ((track ?? visits) === true && !sources.some(isCamera) ? FOLLOWED_FPS : undefined);
}

/** Until Ctrl-C, which ends the stream and nothing else: what was answered until then stands. */
export async function untilInterrupted(body: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort();
  process.once('SIGINT', onInterrupt);
  try {
    await body(stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}
