/** One thing that was looked at. */
export interface Finding {
  /** `database`, `schema`, `references`, `rows`, `numbers`, `people`, `vectors`, `audit`, `network`, or `index` with the collection. */
  readonly check: string;
  /** What was looked at: pages, rows, faces, nodes. */
  readonly checked: number;
  /** What is wrong, for people; none: all is well. The first few stand for the rest. */
  readonly problems: readonly string[];
  /** Share of sample queries that the saved graph answered as comparing all did; where there is a graph. */
  readonly recall?: number;
}

const MOST_TOLD = 10;

/** Keeps the first problems and counts the rest. */
export class Problems {
  readonly #told: string[] = [];
  #more = 0;

  add(problem: string): void {
    if (this.#told.length < MOST_TOLD) this.#told.push(problem);
    else this.#more++;
  }

  get list(): string[] {
    return this.#more === 0 ? this.#told : [...this.#told, `and ${this.#more} more`];
  }
}
