import { existsSync, rmSync } from 'node:fs';
import { graphFile, putInPlace, stampFile } from '../files.js';
import type { Cover } from './cover.js';
import { readLinks, writeGraph } from './graph-file.js';
import { Graph } from './graph.js';
import type { Matrix } from './matrix.js';
import { makeStamp, objection, readStamp, writeStamp, type Origin, type Stamp } from './stamp.js';

/** The saved graph of a collection: never the truth, and never used unchecked. */
export class SavedGraph {
  readonly #graph: string;
  readonly #stamp: string;

  constructor(dir: string, collection: string) {
    this.#graph = graphFile(dir, collection);
    this.#stamp = stampFile(dir, collection);
  }

  /**
   * The stamp of a graph that may be read. Undefined if none was saved; throws an Error that says what speaks against it.
   * @param found the database's own origin, as this process found it
   * @param few one of so few faces is as good as none
   */
  stamp(found: Origin, few = 0): Stamp | undefined {
    if (!existsSync(this.#graph) && !existsSync(this.#stamp)) return undefined;
    const stamp = readStamp(this.#stamp);
    const against = objection(stamp, found);
    if (against !== undefined) throw new Error(against);
    return stamp.count > few ? stamp : undefined;
  }

  /** Gives an empty graph its links if every byte of them can be trusted; throws an Error if not. The rows of the matrix have to be there, its vectors not. */
  readLinks(stamp: Stamp, graph: Graph, matrix: Matrix): void {
    readLinks(this.#graph, stamp, graph, matrix);
  }

  /** The whole graph, for a matrix that is loaded; see `stamp`. */
  read(matrix: Matrix, found: Origin): Graph | undefined {
    const stamp = this.stamp(found);
    if (stamp === undefined) return undefined;
    const graph = new Graph();
    this.readLinks(stamp, graph, matrix);
    for (let row = 0; row < matrix.rows; row++) if (graph.has(row)) graph.place(row, matrix.vector(row));
    return graph;
  }

  /** What was read belongs to a new epoch now. */
  restamp(stamp: Stamp, epoch: string): void {
    writeStamp(this.#stamp, { ...stamp, epoch });
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
