import { createHash } from 'node:crypto';
import { GlimpseError } from '../../src/errors.js';
import type { AnalysedFace, AnalyseOptions, FrameAnalysis, Gaze, ImageSource, Landmarks, Vision } from '../../src/types.js';

/**
 * Sees what a picture says in plain text: `alice bob` shows two people, nothing shows nobody, `!text` cannot be decoded, `?` fails as a fault of
 * ours would; the crop of `huge` is just that. Held, it keeps every picture until it is let go.
 */
export class FakeVision implements Vision {
  readonly network = 'fake-network';
  /** Every picture that was looked at, in order of starting. */
  readonly started: string[] = [];
  working = 0;
  mostWorking = 0;
  aborted = 0;
  closed = false;
  #held: (() => void)[] | undefined;

  /** For one comparison; a test may put another in place. */
  bar: Vision['threshold'] = () => 0.5;
  readonly threshold: Vision['threshold'] = (...asked) => this.bar(...asked);

  /** What similarities mean; a test may put another in place. */
  scale: Vision['yardstick'] = () => ({ threshold: this.threshold(1), margin: 0, probabilities: () => undefined });
  readonly yardstick: Vision['yardstick'] = (asked) => this.scale(asked);

  hold(): void {
    this.#held = [];
  }

  /** Lets the oldest `count` pictures go. */
  letGo(count: number): void {
    for (const go of this.#held?.splice(0, count) ?? []) go();
  }

  /** Lets all go, and later ones pass. */
  letAllGo(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const go of held) go();
  }

  async analyse(image: ImageSource, options: AnalyseOptions, signal?: AbortSignal): Promise<FrameAnalysis> {
    const text = Buffer.from('raw' in image ? image.raw.data : image.encoded).toString().trimEnd();
    this.started.push(text);
    this.working += 1;
    this.mostWorking = Math.max(this.mostWorking, this.working);
    try {
      await this.#wait(signal);
      return see(text, options);
    } finally {
      this.working -= 1;
    }
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  async #wait(signal: AbortSignal | undefined): Promise<void> {
    const leave = { abort: (): void => undefined };
    const left = new Promise<never>((_, reject) => {
      leave.abort = () => {
        this.aborted += 1;
        reject(signal?.reason as Error);
      };
    });
    signal?.throwIfAborted();
    signal?.addEventListener('abort', leave.abort);
    const passed = new Promise<void>((resolve) => {
      if (this.#held === undefined) setImmediate(resolve);
      else this.#held.push(resolve);
    });
    await Promise.race([left, passed]).finally(() => signal?.removeEventListener('abort', leave.abort));
  }
}

function see(text: string, options: AnalyseOptions): FrameAnalysis {
  if (text.startsWith('!')) throw new GlimpseError('undecodable', text.slice(1), { field: 'encoded', reason: 'CORRUPT', cure: 'send another' });
  if (text.startsWith('?')) throw new Error(`a secret of the server: ${text.slice(1)}`);
  const names = text.split(' ').filter((name) => name !== '');
  const chosen = options.select === 'ALL' ? names.slice(0, options.maxFaces) : names.slice(0, 1);
  return {
    width: 640,
    height: 480,
    detected: names.length,
    largestDropped: 0,
    faces: chosen.map((name, i) => fakeFace(name, i, options)),
    timing: { queue: 1, decode: 2, detect: 3, embed: 4 },
  };
}

function fakeFace(name: string, i: number, { wantCrops, wantAttention, wantParts = false, wantEvidence = false }: AnalyseOptions): AnalysedFace {
  const point = { x: 10 * i + 5, y: 5, visibility: 1 };
  const landmarks: Landmarks = [point, point, point, point, point];
  return {
    box: { x: 100 * i, y: 0, width: 50, height: 60 },
    landmarks,
    score: 0.9,
    quality: { score: 0.8, sharpness: 0.8, visibility: 0.9, eyeDistance: 40 },
    embedding: embeddingFor(name),
    importance: new Float32Array([0.25, 0.75]),
    ...(wantParts && { parts: Float32Array.from([...embeddingFor(name), ...embeddingFor(name)]) }),
    ...((wantCrops || wantEvidence) && { crop: name === 'huge' ? Buffer.alloc(200_000) : Buffer.from(`crop of ${name}`) }),
    ...(wantAttention && { attention: { maps: 2, width: 1, height: 1, values: new Uint8Array([1, 2]) } }),
    ...(wantEvidence && { gaze: fakeGaze(name) }),
  };
}

/** The first map looks at the eyes alone, the second half at the mouth and half at the cheeks; all lies in the eyes. */
function fakeGaze(name: string): Gaze {
  const [own, none] = [embeddingFor(name), new Float32Array(256)];
  const [eyes, others] = [[own, none, none, none, none, none], [none, own, own, own, own, own]];
  const flat = (rows: readonly Float32Array[]): Float32Array => Float32Array.from(rows.flatMap((row) => [...row]));
  return { heatMap: Buffer.from(`gaze of ${name}`), mass: Float32Array.from([1, 0, 0, 0, 0, 0, 0, 0, 0.5, 0.5, 0, 0]), alone: flat(eyes), without: flat(others) };
}

/** A unit vector for each name; different names are nearly orthogonal. */
export function embeddingFor(name: string): Float32Array {
  const bytes = Array.from({ length: 8 }, (_, i) => [...createHash('sha256').update(`${name}/${i}`).digest()]).flat();
  const vector = Float32Array.from(bytes, (byte) => byte - 127.5);
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
