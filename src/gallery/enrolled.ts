import { openForReading } from './database.js';
import { fromBlob } from './vectors.js';

export interface EnrolledFace {
  /** A number of its own for each identity. */
  readonly identity: number;
  /** 0 to 1. */
  readonly visibility: number;
  readonly embedding: Float32Array;
}

/** All faces of a collection that this network (sha256) made, also beside a running server. */
export function readEnrolled(dir: string, collection: string, network: string): EnrolledFace[] {
  const db = openForReading(dir);
  try {
    const rows = db.prepare<[string, string], Omit<EnrolledFace, 'embedding'> & { vector: Buffer }>(
      `SELECT f.identity, f.visibility, f.vector FROM collection c JOIN network n ON n.number = c.network JOIN face f ON f.collection = c.number
       WHERE c.name = ? AND n.sha256 = ? ORDER BY f.label`).all(collection, network);
    return rows.map(({ vector, ...face }) => ({ ...face, embedding: fromBlob(vector) }));
  } finally {
    db.close();
  }
}
