import { bare } from '../bare.js';
import { seeded } from '../../../test/gallery/support.js';
import { people } from '../faces.js';
import { frameP99, measure, probesOf, TOP } from '../measure.js';
import { forEachOf, inFolder, open, recordOf, Referee, settled } from '../stand.js';
import type { Part } from '../part.js';

const PROBES = 1_000;

/** Recall and time of the whole gallery, beside hnswlib-node at the same recall. */
export const recall: Part = ({ faces }, note) => inFolder(async (dir) => {
  const random = seeded(1);
  const crowd = [...people(faces, random)];
  const referee = new Referee();
  for (const one of crowd) referee.add(one);
  const gallery = await open(dir);
  try {
    const start = performance.now();
    await forEachOf(crowd, (one) => gallery.import('default', recordOf(one), 'SKIP'));
    const importSeconds = (performance.now() - start) / 1000;
    await settled(gallery, (left) => note(`${left} faces wait for the graph`));
    const addsPerSecond = (faces * 1000) / (performance.now() - start);
    const probes = probesOf(crowd, PROBES, random);
    const reading = await measure(gallery, probes, referee);
    const p99FrameMs = await frameP99(gallery, probes);
    note('hnswlib-node');
    const right = probes.map((probe) => referee.best(probe, TOP));
    return { ...reading, p99FrameMs, importSeconds, addsPerSecond, ...bare(crowd, probes, right, reading) };
  } finally {
    await gallery.close();
  }
});
