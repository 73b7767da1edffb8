/** One part of the benchmark, in a process of its own. */
import { damageSnapshots } from '../../test/gallery/flips.js';
import { survive } from '../../test/gallery/kills.js';
import { serveTrial } from '../support/trial.js';
import type { Part, PartOptions } from './part.js';
import { churn } from './parts/churn.js';
import { importing } from './parts/import.js';
import { million } from './parts/million.js';
import { recall } from './parts/recall.js';

const kills: Part = async ({ runs }) => {
  const { lostAcks, ghosts, acknowledged } = await survive(runs, 10);
  return { kills: { runs, lostAcks, ghosts, acknowledged } };
};

const flips: Part = async ({ runs }) => ({ flips: await damageSnapshots(runs, 41) });

const PARTS: Readonly<Record<string, Part>> = { recall, churn, million, kills, flips, import: importing };

serveTrial(({ name, ...options }: PartOptions & { readonly name: string }, note) => (PARTS[name] as Part)(options, note));
