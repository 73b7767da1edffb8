import { existsSync, rmSync } from 'node:fs';
import { graphFile, putInPlace, stampFile } from '../files.js';
import type { Cover } from './cover.js';
import { Graph } from './graph.js';
import { hashFile, highest, makeStamp, objection, readStamp, writeStamp, type Origin } from './stamp.js';

/** The saved graph of a collection: never the truth, and never loaded unchecked. */
export class SavedGraph {
  readonly #graph: string;
  readonly #stamp: string;

  constructor(dir: string, collection: string) {
    this.#graph = graphFile(dir, collection);
    this.#stamp = stampFile(dir, collection);
  }

  /**
   * Reads the graph if every byte of it can be trusted, and stamps it for the new epoch. Undefined if none was saved; throws
   * an Error that says what speaks against it.
   * @param found the database's own origin, as this process found it
   */
  async load(found: Origin, epoch: string): Promise<Graph | undefined> {
    if (!existsSync(this.#graph) && !existsSync(this.#stamp)) return undefined;
    const stamp = readStamp(this.#stamp);
    const against = objection(stamp, found);
    if (against !== undefined) throw new Error(against);
    if (await hashFile(this.#graph) !== stamp.sha256) throw new Error('its bytes are damaged');
    const graph = await Graph.read(this.#graph);
    const labels = graph.labels();
    if (labels.length !== stamp.count || highest(labels) !== stamp.lastLabel) throw new Error('it does not hold what its stamp says');
    writeStamp(this.#stamp, { ...stamp, epoch });
    return graph;
  }

  /** Writes temporary files, forces them to disk and renames them. A graph with tombstones is not saved: they hold deleted vectors. */
  async save(cover: Cover, origin: Origin): Promise<boolean> {
    if (cover.tombstones > 0) {
      this.remove();
      return false;
    }
    const temporary = `${this.#graph}.tmp`;
    await cover.whileFrozen(async (graph) => {
      await graph.write(temporary);
      const stamp = makeStamp(origin, graph.labels(), await hashFile(temporary));
      rmSync(this.#stamp, { force: true });
      putInPlace(temporary, this.#graph);
      writeStamp(this.#stamp, stamp);
    });
    if (cover.tombstones > 0) this.remove();
    return cover.tombstones === 0;
  }

  /** When a face is deleted that it may hold, or when it cannot be trusted. */
  remove(): void {
    for (const file of [this.#stamp, this.#graph]) rmSync(file, { force: true });
  }
}
