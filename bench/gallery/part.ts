export interface PartOptions {
  readonly faces: number;
  /** For the parts that repeat something. */
  readonly runs: number;
}

/** What one part found out, as it stands in the JSON of the benchmark. */
export type Part = (options: PartOptions, note: (text: string) => void) => Promise<object>;
