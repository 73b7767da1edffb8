import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { openGallery } from '../gallery/open.js';
import type { Gallery } from '../gallery/port.js';
import { openTokens } from '../gallery/tokens.js';
import { openVision } from '../pipeline/vision-pool.js';
import { onGpu } from '../runtime/candidates.js';
import { chooseRuntime } from '../runtime/choose.js';
import { fingerprint } from '../runtime/fingerprint.js';
import type { Vision } from '../types.js';
import type { TokenBook } from './door.js';

/** How the rooms below are opened; tests put their own in place. */
export interface Rooms {
  tokens(config: Config, log: Logger): TokenBook;
  vision(config: Config, log: Logger): Promise<Vision>;
  gallery(config: Config, network: string, log: Logger): Promise<Gallery>;
}

/** The rooms of a real server. */
export const realRooms: Rooms = {
  tokens({ dataDir }, log) {
    const tokens = openTokens(dataDir);
    const none = tokens.list().every(({ revokedAt }) => revokedAt !== undefined);
    if (none) log.warn('no token opens this server yet; glimpse token create makes one, also while it runs');
    return tokens;
  },
  async vision({ modelsDir, workers, detectorSize, maxPixels, batching: wanted, ...wish }, log) {
    const { runtime, why } = await chooseRuntime(wish, modelsDir);
    const batching = wanted === 'auto' ? onGpu(runtime) : wanted === 'on';
    log.info({ runtime, why, batching }, 'networks');
    const { detector, calibration } = await fingerprint(modelsDir);
    if (calibration !== undefined && calibration.detector !== detector) {
      log.warn('thresholds were measured with another detector, which sees other parts of a face as hidden; glimpse calibrate measures them anew');
    }
    return openVision({ modelsDir, workers, detectorSize, maxPixels, runtime, batching });
  },
  gallery: ({ dataDir, requestMemory, eventsKept, group }, network, log) =>
    openGallery({ dir: dataDir, network, requestMemorySeconds: requestMemory, eventsKeptSeconds: eventsKept, grouping: group, log }),
};
