import type { Needle } from './needle.js';

/** A run of a needle in a window, `at` counted from the window's start. */
export interface Run {
  readonly needle: Needle;
  readonly at: number;
  readonly length: number;
}

interface Block {
  readonly needle: Needle;
  /** Where the block begins in the needle. */
  readonly from: number;
  readonly length: number;
}

/**
 * Finds runs of many needles in one pass. A needle is cut into blocks of half a piece: any run as long as a piece holds one of them
 * whole. The first four bytes of each block are hashed into a bit table, so that nearly every byte costs one look.
 */
export class Finder {
  readonly #marks = new Uint8Array(1 << 16);
  readonly #blocks = new Map<number, Block[]>();
  readonly #longest: number;

  /** @param needles each of four bytes or more */
  constructor(needles: readonly Needle[]) {
    for (const block of needles.flatMap(blocksOf)) {
      const word = wordAt(block.needle.bytes, block.from);
      this.#marks[hash(word)] = 1;
      this.#blocks.set(word, [...(this.#blocks.get(word) ?? []), block]);
    }
    this.#longest = Math.max(0, ...needles.map(({ bytes }) => bytes.length));
  }

  /** How many bytes on each side of a block a window must show for the run around it to be measured whole. */
  get reach(): number {
    return this.#longest;
  }

  /** Runs around blocks that begin at `from` or later and before `to`; a run is told of by each of its blocks. */
  *runs(window: Uint8Array, from: number, to: number): Generator<Run, void, undefined> {
    const end = Math.min(to, window.length - 3);
    let word = from < end ? wordAt(window, from) : 0;
    for (let at = from; at < end; at++) {
      if (at > from) word = (word >>> 8) | ((window[at + 3] as number) << 24);
      if (this.#marks[hash(word)] === 0) continue;
      for (const block of this.#blocks.get(word >>> 0) ?? []) {
        const run = runAround(window, at, block);
        if (run !== undefined) yield run;
      }
    }
  }
}

/** A block of one repeated byte, as where a vector is padded with zeros, says nothing of anybody and is left out. */
function blocksOf(needle: Needle): Block[] {
  const { bytes, piece } = needle;
  const length = piece === bytes.length ? piece : Math.floor(piece / 2);
  const starts = Array.from({ length: Math.floor(bytes.length / length) }, (_, i) => i * length);
  return starts.map((from) => ({ needle, from, length })).filter(({ from }) => !isOneByte(bytes.subarray(from, from + length)));
}

function runAround(window: Uint8Array, at: number, { needle, from, length }: Block): Run | undefined {
  const { bytes, piece } = needle;
  for (let i = 4; i < length; i++) if (window[at + i] !== bytes[from + i]) return undefined;
  let before = 0;
  while (before < from && at - before > 0 && window[at - before - 1] === bytes[from - before - 1]) before++;
  let after = length;
  while (from + after < bytes.length && at + after < window.length && window[at + after] === bytes[from + after]) after++;
  return before + after >= piece ? { needle, at: at - before, length: before + after } : undefined;
}

const isOneByte = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === bytes[0]);
const wordAt = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)) >>> 0;
const hash = (word: number): number => Math.imul(word, 0x9e3779b1) >>> 16;
