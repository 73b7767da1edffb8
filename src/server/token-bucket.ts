/** Allows `rate` takings a second, with a small reserve for senders that are not perfectly even. Time is given, in milliseconds. */
export class TokenBucket {
  readonly #perMs: number;
  readonly #size: number;
  #level: number;
  #at: number;

  constructor(rate: number, now: number) {
    this.#perMs = rate / 1000;
    this.#size = Math.max(1, rate / 4);
    this.#level = this.#size;
    this.#at = now;
  }

  /** Takes one if there is one. */
  take(now: number): boolean {
    const wait = this.wait(now);
    if (wait === 0) this.#level -= 1;
    return wait === 0;
  }

  /** Milliseconds until there is one to take. */
  wait(now: number): number {
    this.#level = Math.min(this.#size, this.#level + (now - this.#at) * this.#perMs);
    this.#at = now;
    return this.#level >= 1 ? 0 : Math.ceil((1 - this.#level) / this.#perMs);
  }
}
