import { cosine } from '../cosine.js';
import type { Strangers } from './visit.js';

interface Remembered {
  readonly template: Float32Array;
  readonly at: number;
  /** For how long the stream that saw them last may remember: milliseconds. */
  readonly keptMs: number;
}

/**
 * Knows strangers again by their looks, across streams, for a limited time; in memory only, and a limited number of them. Their ids begin with the
 * stream in which they were seen first.
 */
export class StrangerBook {
  /** By id; who was seen last comes last. */
  readonly #known = new Map<string, Remembered>();

  constructor(private readonly limits: { readonly most: number; /** Least cosine. */ readonly alike: number }) {}

  /** As one stream sees it, which remembers people for so long. */
  of(stream: string, keptMs: number): Strangers {
    return {
      recognise: (template, at, visit) => {
        const id = this.#nearest(template, at, keptMs) ?? `${stream}/${visit}`;
        this.#keep(id, { template, at, keptMs });
        return id;
      },
      remember: (id, template, at) => this.#keep(id, { template, at, keptMs }),
      forget: (id) => void this.#known.delete(id),
    };
  }

  /** How many are remembered. */
  get size(): number {
    return this.#known.size;
  }

  /** Drops whom nobody has seen for so long. Streams' clocks may differ, so the time is that of whoever asks. */
  forgetBefore(at: number): void {
    for (const [id, { at: seen, keptMs }] of this.#known) if (at - seen > keptMs) this.#known.delete(id);
  }

  #nearest(template: Float32Array, at: number, keptMs: number): string | undefined {
    this.forgetBefore(at);
    let [best, nearest] = [this.limits.alike, undefined as string | undefined];
    for (const [id, { template: known, at: seen }] of this.#known) {
      const likeness = at - seen > keptMs ? -1 : cosine(template, known);
      if (likeness >= best) [best, nearest] = [likeness, id];
    }
    return nearest;
  }

  #keep(id: string, seen: Remembered): void {
    this.#known.delete(id);
    this.#known.set(id, seen);
    const [oldest] = this.#known.keys();
    if (this.#known.size > this.limits.most && oldest !== undefined) this.#known.delete(oldest);
  }
}
