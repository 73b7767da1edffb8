import { existsSync, rmSync } from 'node:fs';
import { graphFile, putInPlace, stampFile } from '../files.js';
import type { Cover } from './cover.js';
import { readGraph, writeGraph } from './graph-file.js';
import type { Graph } from './graph.js';
import type { Matrix } from './matrix.js';
import { makeStamp, objection, readStamp, writeStamp, type Origin } from './stamp.js';

/** The saved graph of a collection: never the truth, and never used unchecked. */
export class SavedGraph {
  readonly #graph: string;
  readonly #stamp: string;

  constructor(dir: string, collection: string) {
    this.#graph = graphFile(dir, collection);
    this.#stamp = stampFile(dir, collection);
  }

  /**
   * Reads the graph if every byte of it can be trusted. Undefined if none was saved; throws an Error that says what speaks against it.
   * @param found the database's own origin, as this process found it
   */
  read(matrix: Matrix, found: Origin): Graph | undefined {
    if (!existsSync(this.#graph) && !existsSync(this.#stamp)) return undefined;
    const stamp = readStamp(this.#stamp);
    const against = objection(stamp, found);
    if (against !== undefined) throw new Error(against);
    return readGraph(this.#graph, stamp, matrix);
  }

  /** The same, and stamps it for the new epoch. */
  load(matrix: Matrix, found: Origin, epoch: string): Graph | undefined {
    const graph = this.read(matrix, found);
    if (graph !== undefined) writeStamp(this.#stamp, { ...readStamp(this.#stamp), epoch });
    return graph;
  }

  /** Writes temporary files, forces them to disk and renames them. */
  async save(cover: Cover, matrix: Matrix, origin: Origin): Promise<void> {
    const temporary = `${this.#graph}.tmp`;
    const contents = await cover.whileFrozen((graph) => writeGraph(temporary, graph, matrix));
    rmSync(this.#stamp, { force: true });
    putInPlace(temporary, this.#graph);
    writeStamp(this.#stamp, makeStamp(origin, contents));
  }

  /** When it cannot be trusted. */
  remove(): void {
    for (const file of [this.#stamp, this.#graph]) rmSync(file, { force: true });
  }
}
