import type { Logger } from 'pino';
import type { AuditedCall } from '../gallery/audit/row.js';
import type { Gallery } from '../gallery/port.js';

/** How often a stream's repeated namings are told to the audit. */
export const SUM_UP_MILLISECONDS = 60_000;

/**
 * Who was named in one stream, of frames or of events. The first answer that names somebody waits until the audit has it on disk; repetitions within the
 * minute only count, and are told as one row a minute and person, and at the end of the stream.
 */
export class Sightings {
  readonly #gallery: Gallery;
  readonly #collection: string;
  readonly #log: Logger;
  readonly #call: AuditedCall;
  /** How often each was named since the row that told of them last. */
  readonly #untold = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  /** @param gallery on behalf of the stream's caller */
  constructor(gallery: Gallery, collection: string, log: Logger, call: AuditedCall = 'Identify') {
    this.#gallery = gallery;
    this.#collection = collection;
    this.#log = log;
    this.#call = call;
    this.#timer = setInterval(() => void this.#sumUp(), SUM_UP_MILLISECONDS);
  }

  /** Call before the answer goes out. Throws what the gallery throws when the audit cannot be written: then nobody is named. */
  async named(identities: readonly string[]): Promise<void> {
    const known = new Set(identities);
    const first = [...known].filter((id) => !this.#untold.has(id));
    for (const id of known) this.#untold.set(id, (this.#untold.get(id) ?? -1) + 1);
    if (first.length === 0) return;
    try {
      await this.#tell(first, 1);
    } catch (error) {
      for (const id of first) this.#untold.delete(id);
      throw error;
    }
  }

  /** Tells what is left to tell. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sumUp();
  }

  /** Whoever was not named again for a minute is told at once the next time. */
  async #sumUp(): Promise<void> {
    const counts = [...this.#untold];
    this.#untold.clear();
    for (const [id, times] of counts) if (times > 0) this.#untold.set(id, 0);
    try {
      await Promise.all(counts.filter(([, times]) => times > 0).map(([id, times]) => this.#tell([id], times)));
    } catch (error) {
      this.#log.error({ err: error, counts: counts.length }, 'the audit missed how often people were named; that they were, it has');
    }
  }

  #tell(identities: readonly string[], times: number): Promise<void> {
    return this.#gallery.note({ call: this.#call, collection: this.#collection, identities, times });
  }
}
