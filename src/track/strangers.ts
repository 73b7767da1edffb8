import type { Strangers } from './visit.js';

interface Remembered {
  template: Float32Array;
  at: number;
}

/**
 * Knows strangers again by their looks, across streams, for a limited time; in memory only, and a limited number of them. Their ids begin with the
 * stream in which they were seen first.
 */
export class StrangerBook {
  /** By id; who was seen last comes last. */
  readonly #known = new Map<string, Remembered>();

  constructor(private readonly limits: { readonly keptMs: number; readonly most: number; /** Least cosine. */ readonly alike: number }) {}

  /** As one stream sees it. */
  of(stream: string): Strangers {
    return {
      recognise: (template, at, visit) => {
        const id = this.#nearest(template, at) ?? `${stream}/${visit}`;
        this.#keep(id, template, at);
        return id;
      },
      remember: (id, template, at) => this.#keep(id, template, at),
      forget: (id) => void this.#known.delete(id),
    };
  }

  /** How many are remembered. */
  get size(): number {
    return this.#known.size;
  }

  /** Drops whom nobody has seen for so long. Streams' clocks may differ, so the time is that of whoever asks. */
  forgetBefore(at: number): void {
    for (const [id, { at: seen }] of this.#known) if (at - seen > this.limits.keptMs) this.#known.delete(id);
  }

  #nearest(template: Float32Array, at: number): string | undefined {
    this.forgetBefore(at);
    let [best, nearest] = [this.limits.alike, undefined as string | undefined];
    for (const [id, { template: known }] of this.#known) {
      const likeness = cosine(template, known);
      if (likeness >= best) [best, nearest] = [likeness, id];
    }
    return nearest;
  }

  #keep(id: string, template: Float32Array, at: number): void {
    this.#known.delete(id);
    this.#known.set(id, { template, at });
    const [oldest] = this.#known.keys();
    if (this.#known.size > this.limits.most && oldest !== undefined) this.#known.delete(oldest);
  }
}

/** Of vectors of unit length. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
