/**
 * Trial: cameras in a process of their own. Either they send as fast as the service takes it: each stream keeps `inFlight` frames on their way, so that
 * the service always has work and the latency says something about the service, not about a backlog. Or (`framesPerSecond`) they send at
 * their own pace, whatever is answered: one frame in each interval, at a random moment of it, and latency counts from that moment.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type GlimpseClient, type IdentifyResponse } from '../../src/client/index.js';
import { Meter, type MeterReading } from './meter.js';
import { groupFrames, type Picture } from './pictures.js';
import { serveTrial } from './trial.js';

export interface LoadInput {
  readonly address: string;
  readonly streams: number;
  /** Frames of a stream that are sent and not yet answered. */
  readonly inFlight: number;
  /** Frames a second of all streams together, whatever is answered; absent: as fast as `inFlight` allows. */
  readonly framesPerSecond?: number;
  /** Pixels to which the photographs are scaled first; 0: sent as they are. */
  readonly width: number;
  /** Most faces of a frame that are embedded; absent: the server's own limit. */
  readonly maxFaces?: number;
  /** Ask for crops and attention maps too. */
  readonly evidence: boolean;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface LoadOutput extends MeterReading {
  /** CPU time of this process for one frame, in milliseconds: what sending and reading itself costs. */
  readonly ownCpuMs: number;
}

serveTrial(async (input: LoadInput, note): Promise<LoadOutput> => {
  const client = connect({ address: input.address });
  const pictures = await groupFrames(input.width);
  const meter = new Meter();
  const stop = new AbortController();
  const streams = Array.from({ length: input.streams }, (_, index) => play({ ...input, client, index, pictures }, meter, stop.signal));
  await pause(input.warmUpMs);
  note('measuring');
  meter.start();
  const before = process.cpuUsage();
  await pause(input.measureMs);
  const reading = meter.stop();
  const { user, system } = process.cpuUsage(before);
  stop.abort();
  await Promise.all(streams);
  client.close();
  return { ...reading, ownCpuMs: (user + system) / input.measureMs / reading.framesPerSecond };
});

interface Camera extends LoadInput {
  readonly client: GlimpseClient;
  readonly index: number;
  readonly pictures: readonly Picture[];
}

/** One camera. Begins with its own picture, so that several streams do not send the same one at the same time. */
async function play({ client, index, pictures, inFlight, evidence, streams, framesPerSecond, maxFaces }: Camera, meter: Meter, stop: AbortSignal): Promise<void> {
  const sentAt = new Map<number, number>();
  const start = performance.now();
  let wake = (): void => undefined;
  async function* frames(): AsyncGenerator<{ sequence: number; image: { encoded: Buffer } }> {
    for (let sequence = 0; !stop.aborted; sequence++) {
      if (framesPerSecond === undefined) while (sentAt.size >= inFlight) await new Promise<void>((resolve) => (wake = resolve));
      const due = framesPerSecond === undefined ? performance.now() : start + ((sequence + Math.random()) * 1000 * streams) / framesPerSecond;
      if (due > performance.now()) await sleep(due - performance.now());
      sentAt.set(sequence, due);
      const picture = pictures[(index + sequence) % pictures.length];
      if (picture !== undefined) yield { sequence, image: { encoded: picture.bytes } };
    }
  }
  const config = { cameraId: `camera-${index + 1}`, framePolicy: 'ALL', wantCrops: evidence, wantAttention: evidence, ...(maxFaces !== undefined && { maxFaces }) } as const;
  const answers = client.identify(config, frames());
  for await (const answer of answers) {
    const now = performance.now();
    meter.add(seen(answer), now, now - (sentAt.get(answer.sequence) ?? NaN));
    sentAt.delete(answer.sequence);
    wake();
  }
}

function seen({ result, skipped, timing }: IdentifyResponse): { faces: number; steps: Record<string, number> } {
  if (!result) throw new Error(`a frame was skipped under ALL: ${skipped?.reason ?? 'no outcome'} ${skipped?.detail ?? ''}`);
  return { faces: result.faces.length, steps: { ...timing } };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
