import type { Connection } from '../database.js';
import { CollectionIndex } from '../index/collection-index.js';
import { loadFaces } from '../index/load.js';
import { RECALL_FLOOR, RECALL_SAMPLES, recallAt1 } from '../index/recall.js';
import { SavedGraph } from '../index/saved.js';
import { ALL_COMPARED } from '../index/tiers.js';
import { Problems, type Finding } from './finding.js';
import { attempt } from './tables.js';

/** The saved graph of each collection against its faces: every byte, who is in it, and whether it finds them. Changes nothing. */
export async function checkIndexes(db: Connection, dir: string): Promise<Finding[]> {
  const problems = new Problems();
  const names = attempt(problems, () => db.prepare<[], string>('SELECT name FROM collection ORDER BY name').pluck().all());
  if (names === undefined) return [{ check: 'index', checked: 0, problems: problems.list }];
  const findings: Finding[] = [];
  for (const name of names) findings.push(await checkIndex(db, dir, name));
  return findings;
}

async function checkIndex(db: Connection, dir: string, collection: string): Promise<Finding> {
  const problems = new Problems();
  const index = new CollectionIndex(ALL_COMPARED);
  const graph = attempt(problems, () => {
    loadFaces(db, collection, index);
    return savedGraph(db, dir, collection, index);
  });
  const found = { check: `index of ${collection}`, checked: graph?.size ?? 0 };
  if (graph === undefined || index.matrix.size === 0) return { ...found, problems: problems.list };
  index.adopt(graph);
  const recall = (await recallAt1(index, RECALL_SAMPLES)) ?? 1;
  if (recall < RECALL_FLOOR) problems.add(`it finds ${(100 * recall).toFixed(1)} % of the best faces, and ${100 * RECALL_FLOOR} % are wanted`);
  return { ...found, problems: problems.list, recall };
}

function savedGraph(db: Connection, dir: string, collection: string, { matrix }: CollectionIndex) {
  const origin = db.prepare<[], { epoch: string; revision: number }>('SELECT epoch, revision FROM gallery').get();
  const network = db.prepare<[string], string>(
    'SELECT n.sha256 FROM collection c JOIN network n ON n.number = c.network WHERE c.name = ?').pluck().get(collection);
  if (origin === undefined || network === undefined) throw new Error('the database does not say which state it is in');
  try {
    return new SavedGraph(dir, collection).read(matrix, { ...origin, network });
  } catch (error) {
    throw new Error(`it will be built anew: ${(error as Error).message}`, { cause: error });
  }
}
