import { once } from 'node:events';
import { type MessagePort, Worker } from 'node:worker_threads';
import { revived } from './failure.js';
import type { LaneSettings, ToLane } from './lane-messages.js';
import type { Started } from './vision-worker.js';

/** The thread that runs the networks for all vision workers, as seen by whoever started it. */
export interface NetworkLane {
  /** A worker will ask over this line. */
  connect(line: MessagePort): void;
  /** The caller who sent this picture has left. */
  leave(picture: number): void;
  close(): Promise<void>;
}

/** Resolves when both networks are warm. Throws GlimpseError `precondition` or `unavailable`, as opening a network does. */
export async function openLane(workerData: LaneSettings): Promise<NetworkLane> {
  const thread = new Worker(new URL('./lane-thread.js', import.meta.url), { workerData });
  const ended = once(thread, 'exit');
  const tell = (message: ToLane, transfer: MessagePort[] = []): void => thread.postMessage(message, transfer);
  const [{ failure }] = (await once(thread, 'message')) as [Started];
  if (failure !== undefined) {
    await thread.terminate();
    throw revived(failure);
  }
  // Its workers notice by their lines, which close with it, and answer every picture with an error.
  thread.on('error', () => undefined);
  return {
    connect: (line) => tell({ port: line }, [line]),
    leave: (picture) => tell({ left: picture }),
    async close() {
      tell({ close: true });
      await ended;
    },
  };
}
