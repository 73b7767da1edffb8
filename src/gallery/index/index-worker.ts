import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { openForReading } from '../database.js';
import { serve, type Reply } from '../wire.js';
import { GalleryIndex, type IndexOptions, type Query } from './gallery-index.js';

/** How long graphs are built before waiting searches have their turn. */
const SLICE_MILLISECONDS = 4;
const SAVE_EVERY_MILLISECONDS = 5 * 60_000;

function indexHandlers(port: MessagePort, options: IndexOptions) {
  const db = openForReading(options.dir);
  const index = new GalleryIndex(db, options, (fields, message) => { port.postMessage([{ notice: { fields, message } }] satisfies Reply[]); });
  let building: NodeJS.Immediate | undefined;
  let saving = Promise.resolve();
  let closing = false;

  const build = (): void => {
    const end = performance.now() + SLICE_MILLISECONDS;
    let more = index.work();
    while (more && performance.now() < end) more = index.work();
    building = more ? setImmediate(build) : undefined;
    if (!more && index.unsaved) void save();
  };
  const keepBuilding = (): void => { if (!closing) building ??= setImmediate(build); };
  /** One at a time; building waits meanwhile, searches do not. */
  const save = (): Promise<void> => {
    saving = saving.then(() => index.save()).then(keepBuilding);
    return saving;
  };
  const timer = setInterval(() => void save(), SAVE_EVERY_MILLISECONDS);

  return {
    load: (): void => {
      index.load();
      keepBuilding();
    },
    refresh: ({ collection, labels }: { collection: string; labels: readonly number[] }): void => {
      index.refresh(collection, labels);
      keepBuilding();
    },
    search: (query: Query) => index.search(query),
    count: (collection: string): number => index.count(collection),
    close: async (): Promise<void> => {
      closing = true;
      clearInterval(timer);
      clearImmediate(building);
      await save();
      db.close();
    },
  };
}

export type IndexHandlers = ReturnType<typeof indexHandlers>;

const port = parentPort as MessagePort;
serve(port, indexHandlers(port, workerData as IndexOptions));
