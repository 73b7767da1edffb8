import { GlimpseError } from '../errors.js';
import type { Frame__Output } from '../generated/glimpse/v1/Frame.js';
import type { IdentifyResponse } from '../generated/glimpse/v1/IdentifyResponse.js';
import type { _glimpse_v1_Skipped_Reason__Output as SkipReason } from '../generated/glimpse/v1/Skipped.js';
import type { Moment, StreamTracks } from '../pipeline/follow.js';
import { type FrameAnswer, identify, type LookingRooms, type Rooms } from '../pipeline/identify.js';
import { byCollection, named } from '../pipeline/named.js';
import { FrameRecorder } from '../pipeline/record.js';
import { toText } from '../recording/codec.js';
import { frameResult, type Seal, timing } from './faces-to-wire.js';
import { imageOf } from './image-from-wire.js';
import { type Lane, workOf } from './lanes.js';
import type { StreamSettings } from './probe-from-wire.js';
import type { Sightings } from './sightings.js';
import type { Turns } from './turns.js';
import type { VisitRecorder } from './visit-recorder.js';

/** A frame and when it came in, by the monotonic clock, in milliseconds. */
export interface Arrival {
  readonly frame: Frame__Output;
  readonly at: number;
}

/** What one Identify stream looks at its frames with. */
export interface Looking {
  readonly rooms: Rooms;
  readonly lane: Lane;
  readonly settings: StreamSettings;
  readonly signal: AbortSignal;
  /** By collection. */
  readonly sightings: ReadonlyMap<string, Sightings>;
  readonly seal: Seal;
  /** Where faces are followed. Frames at work side by side are told to it in their order. */
  readonly following?: { readonly tracks: StreamTracks; readonly turns: Turns };
  /** Where it is told who comes and goes. */
  readonly visits?: VisitRecorder;
}

/** Waits for the stream's turn, then looks. `pick` says which frame, once the turn has come. */
export async function lookInTurn(looking: Looking, pick: () => Arrival | undefined, answer: (response: IdentifyResponse) => void): Promise<void> {
  const release = await looking.lane.acquire(looking.signal);
  let cost = 0;
  try {
    const arrival = pick();
    if (arrival === undefined) return;
    const response = await look(looking, arrival);
    cost = workOf(response.timing ?? {});
    answer(response);
  } finally {
    release(cost);
  }
}

async function look(looking: Looking, arrival: Arrival): Promise<IdentifyResponse> {
  const { rooms, settings, sightings, seal } = looking;
  const turn = looking.following?.turns.take();
  const waited = performance.now() - arrival.at;
  if (waited > settings.maxQueueMs) {
    turn?.done();
    return skipped(arrival, 'DEADLINE_PASSED', `waited ${Math.round(waited)} ms, more than max_queue_ms (${settings.maxQueueMs})`);
  }
  const recorder = settings.wantRecording ? new FrameRecorder(rooms) : undefined;
  let moment: Moment | undefined;
  const momentOf = async (at: number): Promise<Moment> => {
    await turn?.come;
    return (moment = { at, now: Date.now(), revision: rooms.gallery.revision() });
  };
  const recording = (): Pick<IdentifyResponse, 'recording'> => {
    const frame = recorder?.frame({ ...head(arrival), ...(moment && { moment }) });
    return frame === undefined ? {} : { recording: { frame: Buffer.from(toText({ frame })) } };
  };
  try {
    const answer = await identified(looking, recorder?.rooms ?? rooms, arrival, momentOf);
    await looking.visits?.frame(answer);
    const inSight = answer.faces.flatMap(named);
    const followed = (answer.tracked?.tracks ?? []).flatMap(named);
    const found = byCollection([...inSight, ...followed]);
    await Promise.all([...found].map(async ([collection, ids]) => { await sightings.get(collection)?.named(ids); }));
    return { ...head(arrival), result: frameResult(answer, seal), timing: timing(answer, waited), ...recording() };
  } catch (error) {
    return { ...skipped(arrival, ...whySkipped(error)), ...recording() };
  } finally {
    turn?.done();
  }
}

function identified(
  { following, lane, settings, signal }: Looking,
  rooms: LookingRooms,
  { frame }: Arrival,
  momentOf: (at: number) => Promise<Moment>,
): Promise<FrameAnswer> {
  const probe = { ...settings.probe, stream: lane.id };
  const image = imageOf(frame.image, 'frame.image');
  if (following === undefined) return identify(rooms, image, probe, signal);
  const at = frame.capturedAt === null ? Date.now() : frame.capturedAt.seconds * 1000 + frame.capturedAt.nanos / 1e6;
  return following.tracks.identify(rooms, image, { settings: probe, at, turn: () => momentOf(at) }, signal);
}

/** One bad frame never ends a stream; what is no fault of the frame does. */
function whySkipped(error: unknown): [SkipReason, string] {
  if (!(error instanceof GlimpseError)) throw error;
  const detail = `${error.message}; ${error.detail.cure}`;
  if (error.kind === 'undecodable' || error.kind === 'invalid') return ['UNDECODABLE', detail];
  if (error.kind === 'overloaded') return ['OVERLOADED', detail];
  throw error;
}

export function skipped(arrival: Arrival, reason: SkipReason, detail: string): IdentifyResponse {
  return { ...head(arrival), skipped: { reason, detail }, timing: { queue: performance.now() - arrival.at } };
}

function head({ frame }: Arrival): Pick<Frame__Output, 'sequence' | 'capturedAt'> {
  return { sequence: frame.sequence, capturedAt: frame.capturedAt };
}
