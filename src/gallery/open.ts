import { EmbeddedGallery } from './embedded.js';
import { EXACT_UP_TO } from './index/exact-limit.js';
import { takeLock } from './lock.js';
import type { GalleryLog } from './log.js';
import type { Gallery } from './port.js';
import { prepare } from './prepare.js';
import { startThreads } from './threads.js';

export type { GalleryLog } from './log.js';

export interface GalleryOptions {
  /** The data folder; made if it is missing. */
  readonly dir: string;
  /** sha256 (hex) of the embedding network. */
  readonly network: string;
  /** For how long the answer to an enrolment's request id is kept. */
  readonly requestMemorySeconds: number;
  /** Up to so many faces of a collection are compared one by one, without a graph. */
  readonly exactUpTo?: number;
  readonly log?: GalleryLog;
}

const SILENT: GalleryLog = { warn: () => undefined, error: () => undefined };

/**
 * Opens the gallery of a data folder: lock, migrations, threads, index. Throws `precondition` (GALLERY_IN_USE, NETWORK_MISMATCH,
 * GALLERY_TOO_NEW, MIGRATION_EDITED, SQLITE_TOO_OLD); whatever it had opened is closed again then.
 */
export async function openGallery({ log = SILENT, exactUpTo = EXACT_UP_TO, ...options }: GalleryOptions): Promise<Gallery> {
  const lock = takeLock(options.dir);
  try {
    const epochs = prepare(options.dir, options.network);
    return new EmbeddedGallery(options.dir, await startThreads({ ...options, ...epochs, exactUpTo, log }), lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}
