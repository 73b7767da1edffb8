import { outweighs } from '../rejections.js';
import type { Roster } from './roster.js';

/** What was said of one probe before: "not this person". */
export class Refusal {
  readonly #roster: Roster;
  readonly #probe: Float32Array;
  readonly #now: number;
  /** Cosine with the nearest rejected face, by identity. */
  readonly #nearest = new Map<number, number>();

  /** @param probe of unit length */
  constructor(roster: Roster, probe: Float32Array, now = Date.now()) {
    this.#roster = roster;
    this.#probe = probe;
    this.#now = now;
  }

  allows(identity: number, similarity: number): boolean {
    const rejections = this.#roster.rejections(identity);
    if (rejections.length === 0) return true;
    let nearest = this.#nearest.get(identity);
    if (nearest === undefined) {
      const going = rejections.filter(({ expiresAt }) => expiresAt > this.#now);
      nearest = Math.max(-Infinity, ...going.map(({ vector }) => vector.reduce((sum, value, i) => sum + value * (this.#probe[i] ?? 0), 0)));
      this.#nearest.set(identity, nearest);
    }
    return outweighs(similarity, nearest);
  }
}
