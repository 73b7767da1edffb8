import { createHash } from 'node:crypto';
import { type ErrorDetail, type ErrorKind, GlimpseError } from '../errors.js';
import type { Match } from '../gallery/port.js';
import type { FrameAnalysis, ImageSource, Reach } from '../types.js';
import type { Moment } from './follow.js';
import type { LookingRooms } from './identify.js';

/** A question to the gallery and its answer. */
export interface RecordedSearch {
  /** sha256 (hex) over the question. */
  readonly asked: string;
  readonly found: readonly (readonly Match[])[];
}

/** Everything that came to one frame from outside of the code that decides: with it the same code says the same again. */
export interface RecordedFrame {
  readonly sequence: number;
  /** When it was taken; null: not said. */
  readonly capturedAt: { readonly seconds: number; readonly nanos: number } | null;
  /** sha256 (hex) of its bytes. */
  readonly picture: string;
  /** What vision made of it, without pictures and times. */
  readonly seen?: FrameAnalysis;
  /** Or why it made nothing. */
  readonly failed?: { readonly kind: ErrorKind; readonly message: string; readonly detail: ErrorDetail };
  readonly searches: readonly RecordedSearch[];
  /** How much they compared with. */
  readonly reach?: Reach;
  /** In a stream whose faces are followed. */
  readonly moment?: Moment;
}

const NO_TIME = { queue: 0, decode: 0, detect: 0, embed: 0 };

/** Stands between the code that decides and the rooms that it asks, for one frame, and writes down what they say. */
export class FrameRecorder {
  readonly rooms: LookingRooms;
  readonly #searches: RecordedSearch[] = [];
  /** Of all searches of a frame, which go to the same collections. */
  #reach: Reach | undefined;
  #looked: Pick<RecordedFrame, 'picture' | 'seen' | 'failed'> = { picture: '' };

  constructor({ vision, gallery, minVisibility, fpir }: LookingRooms) {
    this.rooms = {
      minVisibility,
      fpir,
      vision: {
        yardstick: vision.yardstick,
        analyse: async (image, options, signal) => {
          const picture = hashOf(image);
          try {
            const seen = await vision.analyse(image, options, signal);
            this.#looked = { picture, seen: plain(seen) };
            return seen;
          } catch (error) {
            if (error instanceof GlimpseError) this.#looked = { picture, failed: { kind: error.kind, message: error.message, detail: error.detail } };
            throw error;
          }
        },
      },
      gallery: {
        faces: (collection, ids) => gallery.faces(collection, ids),
        search: async (...question) => {
          const found = await gallery.search(...question);
          this.#searches.push({ asked: askedOf(...question), found });
          return found;
        },
        reach: async (...question) => (this.#reach = await gallery.reach(...question)),
      },
    };
  }

  /** Undefined when vision was not asked: there was no picture. */
  frame(at: Pick<RecordedFrame, 'sequence' | 'capturedAt' | 'moment'>): RecordedFrame | undefined {
    const reach = this.#reach;
    return this.#looked.picture === '' ? undefined : { ...at, ...this.#looked, searches: this.#searches, ...(reach && { reach }) };
  }
}

/** The same for the same question. */
export function askedOf(...[collection, probes, topK, filter]: Parameters<LookingRooms['gallery']['search']>): string {
  const hash = createHash('sha256').update(JSON.stringify([collection, probes.length, topK, filter]));
  for (const probe of probes) hash.update(new Uint8Array(probe.buffer, probe.byteOffset, probe.byteLength));
  return hash.digest('hex');
}

function plain(seen: FrameAnalysis): FrameAnalysis {
  const faces = seen.faces.map(({ box, landmarks, score, quality, embedding, importance, parts }) =>
    ({ box, landmarks, score, quality, embedding, importance, ...(parts && { parts }) }));
  return { ...seen, faces, timing: NO_TIME };
}

function hashOf(image: ImageSource): string {
  const hash = createHash('sha256');
  if ('encoded' in image) return hash.update(image.encoded).digest('hex');
  const { data, ...layout } = image.raw;
  return hash.update(JSON.stringify(layout)).update(data).digest('hex');
}
