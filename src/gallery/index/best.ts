export interface Candidate {
  readonly label: number;
  readonly identity: number;
  readonly similarity: number;
}

/** Keeps the best `most` identities, best first, each by its nearest face; equals go by label, so that answers repeat. */
export class Best {
  readonly #most: number;
  readonly #list: Candidate[] = [];
  #bar = -Infinity;

  constructor(most: number) {
    this.#most = most;
  }

  /** A similarity below it cannot enter any more. */
  get bar(): number {
    return this.#bar;
  }

  get list(): readonly Candidate[] {
    return this.#list;
  }

  offer(candidate: Candidate): void {
    const known = this.#list.findIndex(({ identity }) => identity === candidate.identity);
    if (known >= 0) {
      if (!beats(candidate, this.#list[known] as Candidate)) return;
      this.#list.splice(known, 1);
    }
    const place = this.#list.findIndex((other) => beats(candidate, other));
    this.#list.splice(place < 0 ? this.#list.length : place, 0, candidate);
    if (this.#list.length > this.#most) this.#list.pop();
    if (this.#list.length === this.#most) this.#bar = (this.#list.at(-1) as Candidate).similarity;
  }
}

function beats(a: Candidate, b: Candidate): boolean {
  return a.similarity > b.similarity || (a.similarity === b.similarity && a.label < b.label);
}
