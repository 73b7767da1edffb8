import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  step(): void;
  /** Prints with the bar out of the way. */
  aside(print: () => Promise<void>): Promise<void>;
  stop(): void;
}

const SILENT: Progress = { step: () => undefined, aside: (print) => print(), stop: () => undefined };
const CLEAR_LINE = '\r\u001B[K';
const SAVE_CURSOR = '\u001B7';

/** A bar on stderr while somebody watches; silence for scripts. `total` 0: unknown, only counts. */
export function startProgress(what: string, total: number, quiet: boolean): Progress {
  if (quiet || !process.stderr.isTTY) return SILENT;
  const format = total === 0 ? `${what} {value} · {duration_formatted}` : `${what} {bar} {value}/{total} · {eta_formatted} left`;
  // No handlers of its own for Ctrl-C, which would keep the process alive; so nothing about the terminal may need restoring either.
  const bar = new SingleBar({ format, stream: process.stderr, clearOnComplete: true, gracefulExit: false, linewrap: true }, Presets.shades_classic);
  bar.start(total, 0);
  const aside: Progress['aside'] = async (print) => {
    process.stderr.write(CLEAR_LINE);
    await print();
    bar.render();
  };
  const stop = (): void => {
    process.stderr.write(SAVE_CURSOR); // it goes back to where the bar began, and results may have been printed since
    bar.stop();
  };
  return { step: () => bar.increment(), aside, stop };
}
