import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until it is so; fails after ten seconds. */
export async function until(isSo: () => boolean, what = isSo.toString()): Promise<void> {
  const end = Date.now() + 10_000;
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`still not so after 10 s: ${what}`);
    await sleep(5);
  }
}

/** Waits until the figure has not changed for a while. */
export async function settled(figure: () => number, quietMs = 300): Promise<number> {
  let last = figure();
  let since = Date.now();
  while (Date.now() - since < quietMs) {
    await sleep(10);
    if (figure() !== last) [last, since] = [figure(), Date.now()];
  }
  return last;
}
