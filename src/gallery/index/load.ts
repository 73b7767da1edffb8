import type { Connection } from '../database.js';
import { DIMENSIONS } from '../vectors.js';
import type { CollectionIndex } from './collection-index.js';

/** Faces that cross from SQLite at a time. */
const FACES_AT_ONCE = 4_096;

interface Some {
  /** JSON lists. */
  readonly labels: string;
  readonly owners: string;
  readonly vectors: Buffer | null;
}

/**
 * Brings all faces of a collection into an empty index. SQLite puts thousands of vectors end to end in one value, because a row for each would take five
 * times as long; its aggregates see the rows in the same order, whichever it is.
 */
export function loadFaces(db: Connection, collection: string, index: CollectionIndex): void {
  const select = db.prepare<[string, number, number], Some>(
    `SELECT json_group_array(label) AS labels, json_group_array(identity) AS owners, CAST(group_concat(vector, '') AS BLOB) AS vectors
     FROM (SELECT label, identity, vector FROM face NOT INDEXED WHERE collection = (SELECT number FROM collection WHERE name = ?) AND label > ?
       ORDER BY label LIMIT ?)`);
  for (let last = 0; ;) {
    const some = select.get(collection, last, FACES_AT_ONCE);
    const labels = JSON.parse(some?.labels ?? '[]') as number[];
    if (labels.length === 0 || !some?.vectors) return;
    const { buffer, byteOffset, length } = some.vectors;
    if (length !== labels.length * DIMENSIONS * Float32Array.BYTES_PER_ELEMENT) throw new Error('the database gave other vectors than it has');
    // A copy, because a float may not lie at any byte.
    const vectors = new Float32Array(buffer.slice(byteOffset, byteOffset + length));
    index.load(labels, JSON.parse(some.owners) as number[], vectors);
    last = labels.reduce((most, label) => Math.max(most, label), last);
  }
}
