import { StrangerBook } from '../track/strangers.js';

/** Most unknown people whose looks are remembered, with about a kilobyte each. */
const MOST = 2_000;
const LOOK_MS = 10_000;

/** The server's memory of unknown people, shared by the streams that ask for it; forgets them in time also while no stream looks. */
export function strangerBook(alike: number): { readonly book: StrangerBook; close(): void } {
  const book = new StrangerBook({ most: MOST, alike });
  const timer = setInterval(() => book.forgetBefore(Date.now()), LOOK_MS);
  timer.unref();
  return { book, close: () => clearInterval(timer) };
}
