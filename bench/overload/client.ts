/** Trial: one client that misbehaves for a while, then vanishes without a word. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { openStubs } from '../../src/client/channel.js';
import type { IdentifyRequest } from '../../src/generated/glimpse/v1/IdentifyRequest.js';
import type { IdentifyResponse__Output as IdentifyResponse } from '../../src/generated/glimpse/v1/IdentifyResponse.js';
import { groupPhotographs } from '../support/pictures.js';
import { serveTrial } from '../support/trial.js';
import type { Misbehaviour } from './scenarios.js';

export interface ClientInput extends Misbehaviour {
  readonly address: string;
  readonly seconds: number;
}

export interface ClientOutput {
  /** Frames that it wanted to send, and those that flow control let go. */
  readonly offered: number;
  readonly sent: number;
  /** Answers that it read: frames that were looked at, and those that were not. */
  readonly looked: number;
  readonly skipped: number;
}

type Call = ClientDuplexStream<IdentifyRequest, IdentifyResponse>;

/** Answers with crops and maps are the heaviest there are: they are what an unread stream piles up. */
const WANTS = { wantCrops: true, wantAttention: true };
const TICK_MS = 10;

serveTrial(async ({ address, seconds, policy, framesPerSecond = Infinity, readEveryMs }: ClientInput): Promise<ClientOutput> => {
  const { recognition, metadata } = openStubs({ address });
  const call = recognition.identify(metadata);
  let failure: Error | undefined;
  call.on('error', (error) => (failure = error));
  call.write({ config: { cameraId: 'misbehaving', framePolicy: policy, ...WANTS } });
  // grpc-js takes everything in until its first reader shows up: a reader that looks and takes nothing holds it back.
  if (readEveryMs === undefined) call.on('readable', () => undefined);
  const stop = AbortSignal.timeout(seconds * 1000);
  const reading = readEveryMs === undefined ? { looked: 0, skipped: 0 } : read(call, readEveryMs, stop);
  const [counts, answers] = await Promise.all([send(call, framesPerSecond, stop), reading]);
  if (failure !== undefined) throw failure; // the service has to bear it, not to end it
  call.cancel();
  recognition.close();
  return { ...counts, ...answers };
});

/** As many frames as it wants; what flow control does not take is not kept for later. */
async function send(call: Call, framesPerSecond: number, stop: AbortSignal): Promise<Pick<ClientOutput, 'offered' | 'sent'>> {
  const pictures = groupPhotographs();
  let [offered, sent, full] = [0, 0, false];
  call.on('drain', () => (full = false));
  const start = performance.now();
  while (!stop.aborted) {
    const wanted = Math.floor(((performance.now() - start) / 1000) * framesPerSecond);
    for (; offered < wanted && !full; offered++) {
      const picture = pictures[offered % pictures.length];
      if (picture === undefined) throw new Error('no pictures');
      full = !call.write({ frame: { sequence: offered, image: { encoded: picture.bytes } } });
      sent += 1;
    }
    if (Number.isFinite(wanted)) offered = Math.max(offered, wanted);
    await sleep(TICK_MS);
  }
  return { offered, sent };
}

async function read(call: Call, everyMs: number, stop: AbortSignal): Promise<Pick<ClientOutput, 'looked' | 'skipped'>> {
  let [looked, skipped] = [0, 0];
  const answers = call.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]() as AsyncIterator<IdentifyResponse>;
  const over = once(stop, 'abort').then(() => undefined);
  for (;;) {
    const next = await Promise.race([answers.next(), over]);
    if (next === undefined || next.done === true) return { looked, skipped };
    if (next.value.result) looked += 1;
    else skipped += 1;
    if (everyMs > 0) await Promise.race([sleep(everyMs), over]);
  }
}
