import type { Rejection } from '../rejections.js';

/** What a search has to know of an identity besides its vectors. */
export interface Facts {
  /** Milliseconds since 1970 from which on it is not named any more; Infinity: never. */
  readonly expiresAt: number;
  readonly tags: readonly string[];
  /** Faces that were taken for it and are not it. */
  readonly rejections?: readonly Rejection[];
}

const NONE = -1;
const NO_ROWS: ReadonlySet<number> = new Set();
const NO_REJECTIONS: readonly Rejection[] = [];

/** Who the rows of a collection belong to. Knows an identity from its first row to its last. */
export class Roster {
  /** One row of each identity; the others follow from it. */
  readonly #first = new Map<number, number>();
  readonly #next: number[] = [];
  /** Only those that expire, with tags, with rejections: most have none. */
  readonly #expiry = new Map<number, number>();
  readonly #tags = new Map<number, readonly string[]>();
  readonly #tagged = new Map<string, Set<number>>();
  readonly #rejections = new Map<number, readonly Rejection[]>();

  get identities(): number {
    return this.#first.size;
  }

  add(row: number, identity: number): void {
    this.#next[row] = this.#first.get(identity) ?? NONE;
    this.#first.set(identity, row);
  }

  remove(row: number, identity: number): void {
    const rest = [...this.rows(identity)].filter((other) => other !== row);
    this.#first.delete(identity);
    for (const other of rest) this.add(other, identity);
    if (rest.length === 0) this.#forget(identity);
  }

  /** Takes the place of what was known of the identity, if it has rows. */
  describe(identity: number, { expiresAt, tags, rejections = NO_REJECTIONS }: Facts): void {
    if (!this.#first.has(identity)) return;
    this.#forget(identity);
    if (expiresAt !== Infinity) this.#expiry.set(identity, expiresAt);
    if (rejections.length > 0) this.#rejections.set(identity, rejections);
    if (tags.length === 0) return;
    this.#tags.set(identity, tags);
    for (const tag of tags) this.#withTag(tag).add(identity);
  }

  *rows(identity: number): Generator<number, void, undefined> {
    for (let row = this.#first.get(identity) ?? NONE; row !== NONE; row = this.#next[row] ?? NONE) yield row;
  }

  tagged(tag: string): ReadonlySet<number> {
    return this.#tagged.get(tag) ?? NO_ROWS;
  }

  expired(identity: number, now: number): boolean {
    const expiry = this.#expiry.get(identity);
    return expiry !== undefined && expiry <= now;
  }

  rejections(identity: number): readonly Rejection[] {
    return this.#rejections.get(identity) ?? NO_REJECTIONS;
  }

  #withTag(tag: string): Set<number> {
    const known = this.#tagged.get(tag);
    if (known !== undefined) return known;
    const identities = new Set<number>();
    this.#tagged.set(tag, identities);
    return identities;
  }

  #forget(identity: number): void {
    this.#expiry.delete(identity);
    this.#rejections.delete(identity);
    for (const tag of this.#tags.get(identity) ?? []) {
      const identities = this.#tagged.get(tag);
      identities?.delete(identity);
      if (identities?.size === 0) this.#tagged.delete(tag);
    }
    this.#tags.delete(identity);
  }
}
