import { monitorEventLoopDelay } from 'node:perf_hooks';
import { seeded } from '../../../test/gallery/support.js';
import { people } from '../faces.js';
import { probesOf } from '../measure.js';
import { forEachOf, inFolder, open, recordOf } from '../stand.js';
import type { Part } from '../part.js';

const STREAMS = 4;
const IMPORTED = 10_000;
const RESOLUTION_MS = 1;
const FACES_A_FRAME = 3;
const FRAME_MS = 40;

/** How late the caller's event loop runs while faces are imported and four streams search, 25 frames a second each. */
export const importing: Part = () => inFolder(async (dir) => {
  const random = seeded(4);
  const records = [...people(IMPORTED, random)].map((crowd) => ({ crowd, record: recordOf(crowd) }));
  const probes = probesOf(records.map(({ crowd }) => crowd), 500, random);
  const gallery = await open(dir);
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  let [running, searches] = [true, 0];
  const stream = async (): Promise<void> => {
    for (let at = 0; running; at = (at + FACES_A_FRAME) % (probes.length - FACES_A_FRAME)) {
      const next = new Promise((resolve) => setTimeout(resolve, FRAME_MS));
      await gallery.search('default', probes.slice(at, at + FACES_A_FRAME), 3);
      searches++;
      await next;
    }
  };
  delay.enable();
  const start = performance.now();
  const streams = Array.from({ length: STREAMS }, stream);
  await forEachOf(records, ({ record }) => gallery.import('default', record, 'SKIP'));
  const seconds = (performance.now() - start) / 1000;
  delay.disable();
  running = false;
  await Promise.all(streams);
  await gallery.close();
  return { importLoopDelayP99Ms: delay.percentile(99) / 1e6 - RESOLUTION_MS, importFacesPerSecond: IMPORTED / seconds, searchesMeanwhile: searches };
});
