import type { Logger } from 'pino';
import { v5 } from 'uuid';
import type { NewEvent } from '../gallery/events.js';
import type { FrameAnswer } from '../pipeline/identify.js';
import type { StrangerBook } from '../track/strangers.js';
import type { VisitEvent } from '../track/visit.js';
import { Visits } from '../track/visits.js';
import type { EventLog } from './event-log.js';
import type { VisitSettings } from './visits-from-wire.js';

export interface VisitParts {
  readonly events: EventLog;
  readonly strangers: StrangerBook;
  readonly log: Logger;
}

interface Stream {
  readonly camera: string;
  /** The first that is searched: that of unknown people. */
  readonly collection: string;
  /** UUID of the stream. */
  readonly id: string;
  readonly settings: VisitSettings;
  /** The cosine from which on two templates are taken for the same person's. */
  readonly alike: number;
}

/** Tells of the visits before one camera: each event is on disk before the frame that showed it is answered. */
export class VisitRecorder {
  readonly #visits: Visits;
  readonly #stream: Stream;
  readonly #parts: VisitParts;
  #ended = false;

  constructor(parts: VisitParts, stream: Stream) {
    const { settings: { options, linkMs }, alike, id } = stream;
    this.#parts = parts;
    this.#stream = stream;
    this.#visits = new Visits({ ...options, alike }, linkMs > 0 ? parts.strangers.of(id, linkMs) : undefined);
  }

  /** Frames come in their order. Throws what the gallery throws when it cannot write. */
  async frame({ width, height, tracked }: FrameAnswer): Promise<void> {
    if (this.#ended || tracked === undefined) return;
    await this.#tell(this.#visits.update({ width, height, ...tracked }));
  }

  /** Whoever is still there has left. What cannot be written now is when the server opens next. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#tell(this.#visits.end()).catch((error: unknown) => {
      this.#parts.log.error({ err: error, camera: this.#stream.camera }, 'the end of visits could not be written; it will be at the next start');
    });
  }

  #tell(events: readonly VisitEvent[]): Promise<void> {
    return this.#parts.events.add(events.map((event) => this.#stored(event)));
  }

  #stored({ kind, visit, at, identity, previous, ...details }: VisitEvent): NewEvent {
    const { camera, collection, id } = this.#stream;
    return {
      kind, camera, at,
      visit: v5(String(visit), id),
      collection: identity?.collection ?? previous?.collection ?? collection,
      ...(identity && { identity: identity.identityId }),
      ...(previous && { previous: { collection: previous.collection, id: previous.identityId } }),
      details: { ...details, ...(identity && { similarity: identity.similarity, threshold: identity.threshold }) },
    };
  }
}
