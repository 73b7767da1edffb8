/** One part of the benchmark, in a process of its own. */
import { damageDatabase, damageSnapshots } from '../../test/gallery/flips.js';
import { survive } from '../../test/gallery/kills.js';
import { operate } from '../../test/gallery/model.js';
import { resume } from '../../test/gallery/resume.js';
import { serveTrial } from '../support/trial.js';
import type { Part, PartOptions } from './part.js';
import { churn } from './parts/churn.js';
import { erase } from './parts/erase.js';
import { grouping } from './parts/grouping.js';
import { importing } from './parts/import.js';
import { million } from './parts/million.js';
import { recall } from './parts/recall.js';
import { spread } from './parts/spread.js';

const SEEDS = { kills: 10, snapshots: 41, database: 42, operations: 12 } as const;

const kills: Part = async ({ runs }, note) => {
  const { lostAcks, ghosts, missed, acknowledged } = await survive(runs, SEEDS.kills, (done) => note(`${done} of ${runs} killed`));
  return { kills: { runs, lostAcks, ghosts, missed, acknowledged } };
};

const flips: Part = async ({ runs }, note) => ({
  flips: { ...(await damageSnapshots(runs, SEEDS.snapshots)), database: await damageDatabase(runs, SEEDS.database, (done) => note(`${done} of ${runs} databases damaged`)) },
});

const operations: Part = async ({ runs }, note) => {
  const { warnings, ...tally } = await operate(runs, SEEDS.operations, ({ operations: done }) => note(`${done} of ${runs} operations`));
  return { operations: { ...tally, warnings: warnings.length } };
};

const resumed: Part = async ({ faces }, note) => ({ resume: await resume(faces, note) });

const PARTS: Readonly<Record<string, Part>> = { recall, churn, million, operations, kills, flips, erase, import: importing, resume: resumed, spread, grouping };

serveTrial(({ name, ...options }: PartOptions & { readonly name: string }, note) => (PARTS[name] as Part)(options, note));
