import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CollectionIndex } from '../../src/gallery/index/collection-index.js';
import { ALL_COMPARED } from '../../src/gallery/index/tiers.js';
import { openGallery } from '../../src/gallery/open.js';
import type { Gallery, IdentityRecord } from '../../src/gallery/port.js';
import type { Crowd } from './faces.js';

export const NETWORK = '0'.repeat(64);
const QUALITY = { score: 1, sharpness: 1, visibility: 1, eyeDistance: 60 };
const AT_ONCE = 128;

export const open = (dir: string): Promise<Gallery> => openGallery({ dir, network: NETWORK, requestMemorySeconds: 60 });

/** A folder that goes when the work is done or has failed. */
export async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'glimpse-bench-'));
  try {
    return await work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export function recordOf({ id, faces }: Crowd): IdentityRecord {
  const createdAt = new Date();
  return {
    id, name: `name <${id}>`, externalId: '', metadata: {}, tags: [], createdAt,
    faces: faces.map((embedding, i) => ({ id: `${id}/${i}`, label: '', quality: QUALITY, embedding, createdAt })),
  };
}

/** Does something with each item, many at once, as a client that does not wait for each answer. */
export async function forEachOf<T>(items: Iterable<T>, work: (item: T) => Promise<unknown>): Promise<void> {
  const line = items[Symbol.iterator]();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let next = line.next(); next.done !== true; next = line.next()) await work(next.value);
  }));
}

/** Until every face has its place in the graph. */
export async function settled(gallery: Gallery, progress: (left: number) => void = () => undefined): Promise<void> {
  for (let left = 1; left > 0;) {
    await sleep(100);
    left = (await gallery.stats('default')).waiting ?? 0;
    progress(left);
  }
}

/** Who is right: the same faces, all of them compared. Identities by name. */
export class Referee {
  readonly index = new CollectionIndex(ALL_COMPARED);
  readonly #names: string[] = [''];
  readonly #labels = new Map<string, readonly number[]>();
  #lastLabel = 0;

  add({ id, faces }: Crowd): void {
    const identity = this.#names.push(id) - 1;
    this.#labels.set(id, faces.map((face) => {
      this.index.set(++this.#lastLabel, identity, face);
      return this.#lastLabel;
    }));
  }

  remove(id: string): void {
    for (const label of this.#labels.get(id) ?? []) this.index.remove(label);
    this.#labels.delete(id);
  }

  /** The best `topK` for each probe. */
  best(probes: readonly Float32Array[], topK: number): string[][] {
    return probes.map((probe) => this.index.searchAll(probe, topK).map(({ identity }) => this.#names[identity] ?? ''));
  }
}
