import { GlimpseError } from '../errors.js';
import type { VisitEvent, VisitOptions } from '../track/visit.js';
import { Visits } from '../track/visits.js';
import { StreamTracks, type TrackingSettings } from './follow.js';
import { identify, type FrameAnswer, type LookingRooms, type ProbeSettings } from './identify.js';
import type { Vision } from '../types.js';
import { askedOf, type RecordedFrame } from './record.js';

/** What decided when the recording was made, besides what each frame holds. */
export interface ReplaySettings {
  readonly probe: ProbeSettings;
  readonly minVisibility: number;
  readonly fpir: number;
  /** Faces were followed. */
  readonly tracking?: TrackingSettings;
  /** It was told who came and went. */
  readonly visits?: VisitOptions;
}

/** What was said of a frame. */
export type Replayed = Pick<RecordedFrame, 'sequence' | 'capturedAt'> &
  ({ readonly answer: Omit<FrameAnswer, 'timing'>; readonly events?: readonly VisitEvent[] } | { readonly skipped: string });

export interface Replay {
  /** Frames come in their order. */
  readonly next: (frame: RecordedFrame) => Promise<Replayed>;
  /** What the end of the stream told; undefined where nothing was told of visits. */
  end(): readonly VisitEvent[] | undefined;
}

/** Decides on recorded frames, in their order, as it was decided then. Asks no network, no gallery and no clock. Throws `precondition` (OTHER_DECISIONS). */
export function startReplay({ probe, tracking, visits: options, ...house }: ReplaySettings, yardstick: Vision['yardstick']): Replay {
  const tracks = tracking && new StreamTracks(tracking, probe.maxFaces);
  const visits = options && new Visits(options);
  const next = async (frame: RecordedFrame): Promise<Replayed> => {
    const { sequence, capturedAt, failed, moment } = frame;
    if (failed !== undefined) return { sequence, capturedAt, skipped: `${failed.message}; ${failed.detail.cure}` };
    const rooms = playback(frame, { ...house, yardstick });
    const answered = tracks && moment
      ? tracks.identify(rooms, NO_PICTURE, { settings: probe, at: moment.at, turn: () => Promise.resolve(moment) })
      : identify(rooms, NO_PICTURE, probe);
    const { width, height, faces, tracked } = await answered;
    const events = tracked && visits?.update({ width, height, ...tracked });
    return { sequence, capturedAt, answer: { width, height, faces, ...(tracked && { tracked }) }, ...(events && { events }) };
  };
  return { next, end: () => visits?.end() };
}

const NO_PICTURE = { encoded: new Uint8Array() };

type House = Omit<LookingRooms, 'vision' | 'gallery'> & Pick<Vision, 'yardstick'>;

function playback({ seen, searches, sequence, reach }: RecordedFrame, { minVisibility, fpir, yardstick }: House): LookingRooms {
  const left = [...searches];
  return {
    minVisibility,
    fpir,
    vision: {
      yardstick,
      analyse: () => (seen === undefined ? Promise.reject(otherDecisions(sequence, 'vision was not asked')) : Promise.resolve(seen)),
    },
    gallery: {
      faces: (_, ids) => Promise.resolve(ids.map(() => undefined)),
      search: (...question) => {
        const next = left.shift();
        if (next?.asked !== askedOf(...question)) return Promise.reject(otherDecisions(sequence, 'the gallery was asked something else'));
        return Promise.resolve(next.found.map((matches) => [...matches]));
      },
      reach: () => (reach === undefined ? Promise.reject(otherDecisions(sequence, 'nobody was counted')) : Promise.resolve(reach)),
    },
  };
}

function otherDecisions(sequence: number, what: string): GlimpseError {
  return new GlimpseError('precondition', `frame ${sequence} is not decided as it was: then ${what}`, {
    reason: 'OTHER_DECISIONS', cure: 'replay it with the version of Glimpse that recorded it',
  });
}

/** Waits between frames as the recording did, so many times as fast; Infinity: not at all. Changes when things are said, never what. */
export function pacer(speed: number, sleep: (ms: number) => Promise<unknown>, now: () => number): (frame: RecordedFrame) => Promise<void> {
  let start: { readonly here: number; readonly there: number } | undefined;
  return async ({ capturedAt }) => {
    if (capturedAt === null || speed === Infinity) return;
    const there = capturedAt.seconds * 1000 + capturedAt.nanos / 1e6;
    start ??= { here: now(), there };
    const wait = start.here + (there - start.there) / speed - now();
    if (wait > 0) await sleep(wait);
  };
}
