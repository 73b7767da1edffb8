import { graphFile, sizeOf, databaseFile } from '../../../src/gallery/files.js';
import { seeded } from '../../../test/gallery/support.js';
import { people, type Crowd } from '../faces.js';
import { measure, probesOf, TOP } from '../measure.js';
import { forEachOf, inFolder, open, recordOf, Referee, settled } from '../stand.js';
import type { Part } from '../part.js';

const ROUNDS = 3;
const SHARE = 0.3;
const PROBES = 500;

/** The same before and after three tenths of the faces were deleted and replaced, three times over. Sizes are those of the closed files. */
export const churn: Part = ({ faces }, note) => inFolder(async (dir) => {
  const random = seeded(2);
  let crowd = [...people(faces, random)];
  const referee = new Referee();
  for (const one of crowd) referee.add(one);
  const bytes = (): number => sizeOf(databaseFile(dir)) + sizeOf(graphFile(dir, 'default'));

  let gallery = await open(dir);
  await forEachOf(crowd, (one) => gallery.import('default', recordOf(one), 'SKIP'));
  await settled(gallery);
  const reading = (): ReturnType<typeof measure> => {
    const probes = probesOf(crowd, PROBES, random);
    return measure(gallery, probes, referee.best(probes, TOP));
  };
  const before = await reading();
  await gallery.close();
  const sizeBefore = bytes();

  gallery = await open(dir);
  for (let round = 0; round < ROUNDS; round++) {
    note(`round ${round + 1} of ${ROUNDS}`);
    const going: Crowd[] = [];
    for (let gone = 0; gone < SHARE * faces;) {
      const [one] = crowd.splice(Math.floor(random() * crowd.length), 1) as [Crowd];
      gone += one.faces.length;
      going.push(one);
    }
    await forEachOf(going, ({ id }) => gallery.deleteIdentity('default', id));
    const coming = [...people(going.reduce((sum, one) => sum + one.faces.length, 0), random, `r${round}-`)];
    await forEachOf(coming, (one) => gallery.import('default', recordOf(one), 'SKIP'));
    for (const { id } of going) referee.remove(id);
    for (const one of coming) referee.add(one);
    crowd = [...crowd, ...coming];
    await settled(gallery);
  }
  const after = await reading();
  await gallery.close();
  return {
    churnRecallLoss: before.recallAt1 - after.recallAt1, churnRecallAt10Loss: before.recallAt10 - after.recallAt10,
    churnP99Ratio: after.p99OneMs / before.p99OneMs, churnP50Ratio: after.p50OneMs / before.p50OneMs, churnSizeRatio: bytes() / sizeBefore,
  };
});
