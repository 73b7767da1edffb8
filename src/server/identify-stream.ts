import type { Logger } from 'pino';
import type { Frame__Output } from '../generated/glimpse/v1/Frame.js';
import type { IdentifyRequest__Output } from '../generated/glimpse/v1/IdentifyRequest.js';
import type { IdentifyResponse } from '../generated/glimpse/v1/IdentifyResponse.js';
import { StreamTracks } from '../pipeline/follow.js';
import type { Rooms } from '../pipeline/identify.js';
import { callerOf } from './caller.js';
import type { Context } from './calls.js';
import { invalid } from './fields.js';
import { type Capacity, lookAtAll, lookAtLatest } from './frame-policies.js';
import type { Lanes } from './lanes.js';
import { type MatchTokens, sealer } from './match-tokens.js';
import { type ProbeDefaults, type StreamSettings, streamSettings } from './probe-from-wire.js';
import { beginRecording } from './recording.js';
import { permitAll } from './scope.js';
import { Sightings } from './sightings.js';
import { TokenBucket } from './token-bucket.js';
import { type VisitParts, VisitRecorder } from './visit-recorder.js';
import { Turns } from './turns.js';

export interface IdentifyParts {
  readonly rooms: Rooms;
  readonly lanes: Lanes;
  readonly defaults: ProbeDefaults;
  readonly capacity: Capacity;
  readonly maxFrameRate: number;
  readonly tokens: MatchTokens;
  readonly modelsDir: string;
  readonly visiting: VisitParts;
  readonly log: Logger;
}

/** One camera: its configuration, then its frames, each answered once and in order. */
export async function* identifyStream(parts: IdentifyParts, requests: AsyncIterable<IdentifyRequest__Output>, context: Context): AsyncGenerator<IdentifyResponse> {
  const incoming = requests[Symbol.asyncIterator]();
  const settings = await configuration(incoming, parts.defaults);
  if (settings === undefined) return;
  permitAll(context.principal, settings.probe, 'config.');
  const { cameraId: camera, policy, tracking, probe: { collection, furtherCollections = [], maxFaces } } = settings;
  const gallery = parts.rooms.gallery.as(callerOf(context));
  let header = settings.wantRecording ? await beginRecording({ ...parts, gallery }, settings, context) : undefined;
  const sightings = new Map([collection, ...furtherCollections].map((name) => [name, new Sightings(gallery, name, parts.log)]));
  const visits = recorderOf(parts, settings, context);
  const start = performance.now();
  let frames = 0;
  parts.log.info({ camera, policy, peer: context.peer, request: context.request }, 'stream opened');
  try {
    const following = tracking && { tracks: new StreamTracks(tracking, maxFaces), turns: new Turns() };
    const looking = { rooms: parts.rooms, lane: parts.lanes.open(), settings, signal: context.signal, sightings, seal: sealer(parts.tokens), ...(following && { following }), ...(visits && { visits }) };
    const bucket = new TokenBucket(parts.maxFrameRate, start);
    const answers = policy === 'ALL' ? lookAtAll : lookAtLatest;
    for await (const answer of answers(framesOnly(incoming), looking, bucket, parts.capacity)) {
      frames += 1;
      yield header === undefined ? answer : { ...answer, recording: { ...answer.recording, header } };
      header = undefined;
    }
  } finally {
    await visits?.end();
    await Promise.all([...sightings.values()].map((seen) => seen.close()));
    parts.log.info({ camera, frames, seconds: Math.round((performance.now() - start) / 1000) }, 'stream closed');
  }
}

function recorderOf({ visiting, rooms }: IdentifyParts, { visits: settings, cameraId: camera, probe }: StreamSettings, { request: id }: Context): VisitRecorder | undefined {
  return settings && new VisitRecorder(visiting, { camera, collection: probe.collection, id, settings, alike: rooms.vision.threshold(1) });
}

/** Undefined when the client ended the stream without a word. */
async function configuration(incoming: AsyncIterator<IdentifyRequest__Output>, defaults: ProbeDefaults): Promise<StreamSettings | undefined> {
  const first = await incoming.next();
  if (first.done === true) return undefined;
  if (first.value.config) return streamSettings(first.value.config, defaults);
  throw invalid('config', 'CONFIG_MISSING', 'the first message of a stream has to be its configuration', 'send config first, then frames');
}

async function* framesOnly(incoming: AsyncIterator<IdentifyRequest__Output>): AsyncGenerator<Frame__Output> {
  for (let next = await incoming.next(); next.done !== true; next = await incoming.next()) {
    const { frame, config } = next.value;
    if (frame) yield frame;
    else if (config) throw invalid('config', 'CONFIG_REPEATED', 'the stream is configured already', 'open another stream for another configuration');
    else throw invalid('frame', 'EMPTY_MESSAGE', 'the message holds neither a configuration nor a frame', 'set frame');
  }
}
