import type { Grouping } from '../types.js';
import { EmbeddedGallery } from './embedded.js';
import { SWEEP_MILLISECONDS } from './expiry.js';
import { TIERS, type Tiers } from './index/tiers.js';
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
  /** For how long events are kept; a week unless said. */
  readonly eventsKeptSeconds?: number;
  /** How many faces are searched in which way. */
  readonly tiers?: Tiers;
  /** What the similarity of a match is; the nearest face's unless said. */
  readonly grouping?: Grouping;
  /** How often identities whose time has passed are erased, and by which clock (milliseconds since 1970). */
  readonly sweepMilliseconds?: number;
  readonly now?: () => number;
  readonly log?: GalleryLog;
}

const WEEK_SECONDS = 7 * 86_400;
const SILENT: GalleryLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Opens the gallery of a data folder: lock, migrations, threads, index. Throws `precondition` (GALLERY_IN_USE,
 * GALLERY_TOO_NEW, MIGRATION_EDITED, SQLITE_TOO_OLD); whatever it had opened is closed again then.
 */
export async function openGallery(given: GalleryOptions): Promise<Gallery> {
  const { log = SILENT, tiers = TIERS, grouping = 'best', sweepMilliseconds = SWEEP_MILLISECONDS, now = Date.now, eventsKeptSeconds = WEEK_SECONDS, ...options } = given;
  const lock = takeLock(options.dir);
  try {
    const { kept, ...epochs } = prepare(options.dir, options.network);
    if (kept.length > 0) log.warn({ collections: kept }, 'made by another network: kept, but not searched');
    const gallery = new EmbeddedGallery({ dir: options.dir, threads: await startThreads({ ...options, ...epochs, eventsKeptSeconds, tiers, grouping, log }), lock });
    await gallery.endVisits();
    gallery.sweepRegularly({ everyMilliseconds: sweepMilliseconds, now, log });
    return gallery;
  } catch (error) {
    lock.release();
    throw error;
  }
}
