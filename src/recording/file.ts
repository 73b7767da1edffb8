import { createHash } from 'node:crypto';
import { GlimpseError } from '../errors.js';

/** The layout this version writes, and the newest it reads. */
export const VERSION = 1;

/** What was recorded, and with what. */
export interface Header {
  readonly glimpse: 'recording';
  readonly version: number;
  /** sha256 (hex) of the two networks, and of the embedder's contract, which holds the thresholds. */
  readonly networks: { readonly detector: string; readonly embedder: string; readonly contract: string };
  /** sha256 (hex) over who was in the collection, and by which faces, when the recording began. */
  readonly gallery: { readonly collection: string; readonly contents: string };
  /** What the frames were looked at with. */
  readonly settings: unknown;
}

const SUM_DIGITS = 16;
const NOTHING = ''.padEnd(SUM_DIGITS, '0');

/**
 * Lines of a recording: a checksum, a blank, JSON. A checksum covers the line and the checksum before, so a line that was changed, lost or put in
 * shows; and the last line says that it is the last.
 */
export class LineWriter {
  #sum = NOTHING;

  /** With its line break. */
  line(json: string): string {
    this.#sum = sumOf(this.#sum, json);
    return `${this.#sum} ${json}\n`;
  }
}

/** The JSON of each line, checked. Throws `corrupt` (RECORDING_DAMAGED, RECORDING_TRUNCATED), `invalid` (NO_RECORDING), `precondition` (RECORDING_TOO_NEW). */
export async function* readLines(lines: AsyncIterable<string>, name: string): AsyncGenerator<string, void, undefined> {
  const incoming = lines[Symbol.asyncIterator]();
  let [sum, number] = [NOTHING, 0];
  for (let next = await incoming.next(); next.done !== true; next = await incoming.next()) {
    number += 1;
    const json = next.value.slice(SUM_DIGITS + 1);
    if (number === 1) checkHeader(json, name);
    sum = sumOf(sum, json);
    if (next.value.slice(0, SUM_DIGITS + 1) !== `${sum} `) throw (await incoming.next()).done === true ? truncated(name, number - 2) : damaged(name, number);
    if (number > 1 && json === endOf(number - 2)) return;
    yield json;
  }
  throw number === 0 ? noRecording(name) : truncated(name, number - 1);
}

/** The last line's JSON. */
export const endOf = (frames: number): string => JSON.stringify({ end: { frames } });

function checkHeader(json: string, name: string): void {
  let header: Partial<Header>;
  try {
    ({ header = {} } = JSON.parse(json) as { header?: Partial<Header> });
  } catch {
    throw noRecording(name);
  }
  if (header.glimpse !== 'recording') throw noRecording(name);
  if ((header.version ?? 0) <= VERSION) return;
  throw new GlimpseError('precondition', `${name} was written by a newer Glimpse: its layout is version ${header.version}`, {
    reason: 'RECORDING_TOO_NEW', cure: 'replay it with the version that wrote it',
  });
}

const sumOf = (before: string, json: string): string => createHash('sha256').update(before).update(json).digest('hex').slice(0, SUM_DIGITS);

function noRecording(name: string): GlimpseError {
  return new GlimpseError('invalid', `${name} is no recording`, { reason: 'NO_RECORDING', cure: 'name a file that `glimpse record` wrote' });
}

function truncated(name: string, frames: number): GlimpseError {
  return new GlimpseError('corrupt', `${name} ends early: ${Math.max(0, frames)} whole frames, and no last line that says that they are all`, {
    reason: 'RECORDING_TRUNCATED', cure: 'take another copy of it, or record anew; Ctrl-C ends `glimpse record` properly, kill does not',
  });
}

function damaged(name: string, number: number): GlimpseError {
  return new GlimpseError('corrupt', `${name} is damaged: line ${number} is not as it was written`, {
    reason: 'RECORDING_DAMAGED', cure: 'take another copy of it, or record anew',
  });
}
