import type { Roster } from './roster.js';

/** Whom to look for: identities with one of these tags, identities of these numbers; empty and undefined: everybody. */
export interface Wanted {
  readonly tags: readonly string[];
  readonly identities: ReadonlySet<number> | undefined;
}

const EVERYBODY: Wanted = { tags: [], identities: undefined };

/** Who may be named by one search: whoever is wanted and whose time is not over. */
export class Admission {
  readonly #roster: Roster;
  readonly #now: number;
  readonly #tagged: readonly ReadonlySet<number>[];
  readonly #identities: ReadonlySet<number> | undefined;
  #few: { readonly most: number; readonly rows: readonly number[] | undefined } | undefined;

  constructor(roster: Roster, { tags, identities }: Wanted = EVERYBODY, now = Date.now()) {
    this.#roster = roster;
    this.#now = now;
    this.#tagged = tags.map((tag) => roster.tagged(tag));
    this.#identities = identities;
  }

  get filters(): boolean {
    return this.#identities !== undefined || this.#tagged.length > 0;
  }

  admits(identity: number): boolean {
    return (this.#identities?.has(identity) ?? true)
      && (this.#tagged.length === 0 || this.#tagged.some((identities) => identities.has(identity)))
      && !this.#roster.expired(identity, this.#now);
  }

  /** Which part of the collection's identities pass, 0 to 1; an upper bound. */
  get share(): number {
    const tagged = this.#tagged.reduce((sum, { size }) => sum + size, 0);
    const passing = Math.min(this.#identities?.size ?? Infinity, this.#tagged.length > 0 ? tagged : Infinity);
    return Math.min(1, passing / Math.max(1, this.#roster.identities));
  }

  /** The rows of those who pass a filter, each once. */
  *rows(): Generator<number, void, undefined> {
    for (const identity of this.#passing()) yield* this.#roster.rows(identity);
  }

  /** The same if they are no more than `most`; undefined if they are, or if there is no filter. Counted once. */
  fewRows(most: number): readonly number[] | undefined {
    if (this.#few?.most !== most) this.#few = { most, rows: this.filters ? this.#upTo(most) : undefined };
    return this.#few.rows;
  }

  #upTo(most: number): readonly number[] | undefined {
    if (this.#identities === undefined && this.#tagged.some(({ size }) => size > most)) return undefined;
    const found: number[] = [];
    for (const row of this.rows()) {
      if (found.push(row) > most) return undefined;
    }
    return found;
  }

  *#passing(): Generator<number, void, undefined> {
    for (const identity of this.#identities ?? union(this.#tagged)) if (this.admits(identity)) yield identity;
  }
}

function union(sets: readonly ReadonlySet<number>[]): ReadonlySet<number> {
  return sets.length === 1 ? (sets[0] as ReadonlySet<number>) : new Set(sets.flatMap((set) => [...set]));
}
