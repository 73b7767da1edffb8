import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { openForReading } from '../database.js';
import { serve, type Reply } from '../wire.js';
import { GalleryIndex, type IndexOptions, type Query } from './gallery-index.js';

/** How long graphs are built before waiting searches have their turn. */
const SLICE_MILLISECONDS = 4;
const SAVE_EVERY_MILLISECONDS = 5 * 60_000;
const WATCH_EVERY_MILLISECONDS = 60 * 60_000;

function indexHandlers(port: MessagePort, options: IndexOptions) {
  const db = openForReading(options.dir);
  const index = new GalleryIndex(db, options, (level, fields, message) => { port.postMessage([{ notice: { level, fields, message } }] satisfies Reply[]); });
  let building: NodeJS.Immediate | undefined;
  let saving = Promise.resolve();
  let watching: Promise<void> | undefined;
  /** The graphs as they were loaded are yet to be measured. */
  let unwatched = true;
  let closing = false;

  const build = (): void => {
    const end = performance.now() + SLICE_MILLISECONDS;
    let more = index.work();
    while (more && performance.now() < end) more = index.work();
    building = more ? setImmediate(build) : undefined;
    if (more) return;
    if (unwatched) watch();
    if (!index.unsaved) return;
    void save();
    watch(false); // a graph that is fresh and yet below the floor would only be built again
  };
  const keepBuilding = (): void => { if (!closing) building ??= setImmediate(build); };
  /** One at a time; building waits meanwhile, searches do not. */
  const save = (): Promise<void> => {
    saving = saving.then(() => index.save()).then(keepBuilding);
    return saving;
  };
  const watch = (mayRenew = true): void => {
    unwatched = false;
    watching ??= index.watchRecall(mayRenew, () => closing).then(keepBuilding).finally(() => { watching = undefined; });
  };
  const timers = [setInterval(() => void save(), SAVE_EVERY_MILLISECONDS), setInterval(() => watch(), WATCH_EVERY_MILLISECONDS)];

  return {
    load: async (): Promise<void> => {
      await index.load();
      keepBuilding();
    },
    refresh: ({ collection, labels }: { collection: string; labels: readonly number[] }): void => {
      index.refresh(collection, labels);
      keepBuilding();
    },
    search: (query: Query) => index.search(query),
    reach: (query: Omit<Query, 'probes' | 'topK'>) => index.reach(query),
    state: (collection: string) => index.state(collection),
    close: async (): Promise<void> => {
      closing = true;
      timers.forEach(clearInterval);
      clearImmediate(building);
      await watching;
      await save();
      db.close();
    },
  };
}

export type IndexHandlers = ReturnType<typeof indexHandlers>;

const port = parentPort as MessagePort;
serve(port, indexHandlers(port, workerData as IndexOptions));
