import type { Grouping } from '../types.js';
import { IndexThread, type StartIndexLane } from './index-thread.js';
import type { IndexHandlers } from './index/index-worker.js';
import type { IndexOptions } from './index/gallery-index.js';
import type { Tiers } from './index/tiers.js';
import { Lane } from './lane.js';
import type { GalleryLog } from './log.js';
import type { Epochs } from './prepare.js';
import type { ReadHandlers, ReadWorkerData } from './store/read-worker.js';
import type { WriteHandlers, WriteWorkerData } from './store/write-worker.js';
import type { Notice } from './wire.js';

/** Who works for a gallery. Each forces, reads or searches on a thread of its own, so none of them waits for another. */
export interface Threads {
  readonly writer: Lane<WriteHandlers>;
  readonly reader: Lane<ReadHandlers>;
  readonly index: IndexThread;
  /** Calls back when the writer or the reader ended by itself: only a restart of the process helps then. */
  readonly onDeath: (listener: () => void) => void;
}

export interface ThreadOptions extends Epochs {
  readonly dir: string;
  readonly network: string;
  readonly requestMemorySeconds: number;
  readonly eventsKeptSeconds: number;
  readonly tiers: Tiers;
  readonly grouping: Grouping;
  readonly log: GalleryLog;
}

export async function startThreads(options: ThreadOptions): Promise<Threads> {
  const { dir, network, requestMemorySeconds, eventsKeptSeconds, log } = options;
  const listeners: (() => void)[] = [];
  const death = (cause: unknown): void => {
    log.error({ error: String(cause) }, 'a thread of the gallery ended; restart the server');
    for (const listener of listeners) listener();
  };
  const writer = new Lane<WriteHandlers>(
    new URL('./store/write-worker.js', import.meta.url), { dir, network, requestMemorySeconds, eventsKeptSeconds } satisfies WriteWorkerData, { death });
  const reader = new Lane<ReadHandlers>(
    new URL('./store/read-worker.js', import.meta.url), { dir, requestMemorySeconds, eventsKeptSeconds } satisfies ReadWorkerData, { death });
  try {
    return { writer, reader, index: await IndexThread.start(indexStarter(options), log), onDeath: (listener) => void listeners.push(listener) };
  } catch (error) {
    await Promise.all([reader.close(), writer.close()]);
    throw error;
  }
}

export function indexStarter({ dir, network, tiers, grouping, epoch, foundEpoch, log }: ThreadOptions): StartIndexLane {
  const notice = ({ level, fields, message }: Notice): void => { log[level](fields, message); };
  return (again, died) => {
    // What this process saved itself bears its own epoch.
    const data: IndexOptions = { dir, network, tiers, grouping, epoch, foundEpoch: again ? epoch : foundEpoch };
    return new Lane<IndexHandlers>(new URL('./index/index-worker.js', import.meta.url), data, { death: died, notice });
  };
}
