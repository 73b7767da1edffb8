export interface PartOptions {
  readonly faces: number;
  /** For the parts that repeat something. */
  readonly runs: number;
  /** Where a gallery is built and kept, or taken from if it is there; absent: in a folder that goes. */
  readonly dir?: string;
  /** Photographs to compare with: a folder of lfw.bin and its tables. */
  readonly data?: string;
}

/** What one part found out, as it stands in the JSON of the benchmark. */
export type Part = (options: PartOptions, note: (text: string) => void) => Promise<object>;
