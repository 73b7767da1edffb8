import { openGallery } from '../../src/gallery/open.js';
import { NETWORK } from './support.js';

/** Writes events without end, in several calls at a time, and prints the number of each visit once it is acknowledged. Ends by being killed. */
const gallery = await openGallery({ dir: process.argv[2] ?? '', network: NETWORK, requestMemorySeconds: 60 });
let visit = 0;

async function write(): Promise<void> {
  for (;;) {
    const mine = ++visit;
    const details = { trackId: mine, firstSeen: 0, lastSeen: 0, box: { x: 0, y: 0, width: 1, height: 1 }, zones: [], reason: 'storm', anonymousId: '1' };
    await gallery.addEvents([{ kind: 'APPEARED', visit: `018f0000-0000-5000-8000-${String(mine).padStart(12, '0')}`, camera: 'gate', collection: 'default', at: mine, details }]);
    process.stdout.write(`${mine}\n`);
  }
}

await Promise.all([write(), write(), write()]);
