import { GlimpseError } from '../errors.js';

/** What is under way in a gallery, so that its end can wait for it. */
export class Life {
  readonly #running = new Set<Promise<unknown>>();
  readonly #beforeEnd: (() => void)[] = [];
  #ended: Promise<void> | undefined;

  /** Throws `unavailable` (GALLERY_CLOSED) once the end has begun. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#ended !== undefined) throw closed();
    const running = Promise.resolve().then(work);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Called when the end begins. */
  beforeEnd(stop: () => void): void {
    this.#beforeEnd.push(stop);
  }

  /** Lets nothing more begin, waits for what is under way, then closes; once, however often it is called. */
  end(close: () => Promise<void>): Promise<void> {
    this.#ended ??= this.#end(close);
    return this.#ended;
  }

  async #end(close: () => Promise<void>): Promise<void> {
    for (const stop of this.#beforeEnd) stop();
    await Promise.allSettled(this.#running);
    await close();
  }
}

function closed(): GlimpseError {
  return new GlimpseError('unavailable', 'the gallery is closed', { reason: 'GALLERY_CLOSED', cure: 'the server is stopping; try again when it is back' });
}
