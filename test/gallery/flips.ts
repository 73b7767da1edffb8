import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { CollectionIndex } from '../../src/gallery/index/collection-index.js';
import { SavedGraph } from '../../src/gallery/index/saved.js';
import { fromBlob } from '../../src/gallery/vectors.js';
import { direction, face, Folder, NETWORK, person, seeded } from './support.js';

const PEOPLE = 300;

/**
 * Damages the saved graph or its stamp, one way after the other: a flipped bit, a file cut short, one that goes on, one byte overwritten. Returns how
 * often that was noticed; what is not noticed would be searched.
 */
export async function damageSnapshots(runs: number, seed: number): Promise<{ runs: number; noticed: number }> {
  const random = seeded(seed);
  const folder = new Folder();
  try {
    await fill(folder, random);
    const files = ['default.hnsw', 'default.json'].map((name) => join(folder.dir, 'index', name));
    const whole = files.map((file) => readFileSync(file));
    const { index, origin } = truth(folder.dir);
    const noticed = (): boolean => {
      try {
        return new SavedGraph(folder.dir, 'default').read(index.matrix, origin) === undefined;
      } catch {
        return true;
      }
    };
    if (noticed()) throw new Error('the snapshot was refused before it was damaged');
    let count = 0;
    for (let run = 0; run < runs; run++) {
      const which = random() < 0.8 ? 0 : 1;
      writeFileSync(files[which] as string, damaged(whole[which] as Buffer, random));
      if (noticed()) count++;
      writeFileSync(files[which] as string, whole[which] as Buffer);
    }
    if (noticed()) throw new Error('the snapshot was refused when it was whole again');
    return { runs, noticed: count };
  } finally {
    await folder.remove();
  }
}

async function fill(folder: Folder, random: () => number): Promise<void> {
  const gallery = await folder.open({ exactUpTo: 100 });
  await Promise.all(Array.from({ length: PEOPLE }, () => gallery.enroll(person([face(direction(random))]))));
  while (!existsSync(join(folder.dir, 'index', 'default.json'))) await sleep(20);
  await gallery.close();
}

function truth(dir: string) {
  const db = new Database(join(dir, 'gallery.db'), { readonly: true });
  const index = new CollectionIndex(Infinity);
  const rows = db.prepare<[], { label: number; identity: number; vector: Buffer }>('SELECT label, identity, vector FROM face ORDER BY label');
  for (const { label, identity, vector } of rows.all()) index.set(label, identity, fromBlob(vector));
  const origin = db.prepare<[], { epoch: string; revision: number }>('SELECT epoch, revision FROM gallery').get() ?? { epoch: '', revision: 0 };
  db.close();
  return { index, origin: { ...origin, network: NETWORK } };
}

function damaged(whole: Buffer, random: () => number): Buffer {
  const place = Math.floor(random() * whole.length);
  const kind = random();
  if (kind < 0.2) return whole.subarray(0, place);
  if (kind < 0.3) return Buffer.concat([whole, Buffer.from([Math.floor(random() * 256)])]);
  const copy = Buffer.from(whole);
  copy[place] = (copy[place] ?? 0) ^ (kind < 0.8 ? 1 << Math.floor(random() * 8) : 1 + Math.floor(random() * 255));
  return copy;
}
