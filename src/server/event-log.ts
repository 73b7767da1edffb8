import type { EventFilter, EventHead, EventPage, NewEvent } from '../gallery/events.js';
import type { Gallery } from '../gallery/port.js';

/** What came to be known of visits, and a bell that rings whenever there is more. Whoever reads does so from the store, at their own pace. */
export class EventLog {
  /** How often it has rung: who reads notes it first, so that nothing that comes while they read is missed. */
  rung = 0;
  readonly #gallery: Pick<Gallery, 'addEvents' | 'events' | 'eventHead'>;
  readonly #waiting = new Set<() => void>();

  constructor(gallery: Pick<Gallery, 'addEvents' | 'events' | 'eventHead'>) {
    this.#gallery = gallery;
  }

  /** Resolves once they are on disk; only then is anybody told. */
  async add(events: readonly NewEvent[]): Promise<void> {
    if (events.length === 0) return;
    await this.#gallery.addEvents(events);
    this.rung += 1;
    for (const wake of this.#waiting) wake();
  }

  after(number: number, filter: EventFilter): Promise<EventPage> {
    return this.#gallery.events(number, filter);
  }

  head(): Promise<EventHead> {
    return this.#gallery.eventHead();
  }

  /** Resolves when it has rung more often than `rung`, after so long, or when one of the signals aborts. True: it rang. */
  more(rung: number, ms: number, signals: readonly AbortSignal[]): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(settle);
        for (const signal of signals) signal.removeEventListener('abort', settle);
        resolve(this.rung > rung);
      };
      const timer = setTimeout(settle, ms);
      this.#waiting.add(settle);
      for (const signal of signals) signal.addEventListener('abort', settle);
      if (this.rung > rung || signals.some(({ aborted }) => aborted)) settle();
    });
  }
}
