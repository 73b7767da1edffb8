import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { openForReading } from '../../src/gallery/database.js';
import { CollectionIndex } from '../../src/gallery/index/collection-index.js';
import { GalleryIndex } from '../../src/gallery/index/gallery-index.js';
import { SavedGraph } from '../../src/gallery/index/saved.js';
import { ALL_COMPARED } from '../../src/gallery/index/tiers.js';
import { fromBlob, pack } from '../../src/gallery/vectors.js';
import { verifyGallery } from '../../src/gallery/verify/verify.js';
import { cosine, direction, face, Folder, linkedBeyond, NETWORK, person, seeded } from './support.js';

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
  const gallery = await folder.open({ tiers: linkedBeyond(100) });
  await Promise.all(Array.from({ length: PEOPLE }, () => gallery.enroll(person([face(direction(random))]))));
  while (!existsSync(join(folder.dir, 'index', 'default.json'))) await sleep(20);
  await gallery.close();
}

function truth(dir: string) {
  const db = new Database(join(dir, 'gallery.db'), { readonly: true });
  const index = new CollectionIndex(ALL_COMPARED);
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

export interface DatabaseFlips {
  readonly runs: number;
  /** By `glimpse gallery verify`. */
  readonly noticed: number;
  /** Not noticed, for the byte says nothing: every answer is what it was. */
  readonly harmless: number;
  /** Neither noticed nor harmless. */
  readonly missed: number;
  /** Answers, noticed or not, that gave a face another name, owner or similarity than it has. */
  readonly wrongNames: number;
}

interface Person {
  readonly id: string;
  readonly name: string;
  readonly faceId: string;
  readonly vector: Float32Array;
}

/** The same to the database: each time it is verified, and searched for everybody as the index thread would. */
export async function damageDatabase(runs: number, seed: number, note: (done: number) => void = () => undefined): Promise<DatabaseFlips> {
  const random = seeded(seed);
  const folder = new Folder();
  const file = join(folder.dir, 'gallery.db');
  const people = Array.from({ length: 120 }, (_, i) => ({ id: `p${i}`, name: `Name of ${i}`, faceId: `face ${i}`, vector: direction(random) }));
  const count = { noticed: 0, harmless: 0, missed: 0, wrongNames: 0 };
  try {
    const gallery = await folder.open();
    await Promise.all(people.map(({ id, name, faceId, vector }) => gallery.enroll(person([face(vector, faceId)], { id, name, tags: ['t'] }))));
    await gallery.close();
    const whole = readFileSync(file);
    if (await isNoticed(folder.dir) || (await askAll(folder.dir, people)).right !== people.length) throw new Error('the database was not sound before it was damaged');
    for (let run = 0; run < runs; run++) {
      for (const rest of ['-wal', '-shm']) rmSync(file + rest, { force: true });
      writeFileSync(file, damaged(whole, random));
      const { right, wrong } = await askAll(folder.dir, people);
      count.wrongNames += wrong;
      count[(await isNoticed(folder.dir)) ? 'noticed' : right === people.length ? 'harmless' : 'missed']++;
      note(run + 1);
    }
    return { runs, ...count };
  } finally {
    await folder.remove();
  }
}

async function isNoticed(dir: string): Promise<boolean> {
  try {
    return (await verifyGallery(dir, NETWORK)).some(({ problems }) => problems.length > 0);
  } catch {
    return true;
  }
}

/** How many of the people are found, and how many answers are not as they have to be; a database that cannot be read answers nothing. */
async function askAll(dir: string, people: readonly Person[]): Promise<{ right: number; wrong: number }> {
  const known = new Map(people.map((one) => [one.faceId, one]));
  try {
    const db = openForReading(dir);
    try {
      const index = new GalleryIndex(db, { dir, network: NETWORK, epoch: '', foundEpoch: '', tiers: ALL_COMPARED, grouping: 'best' }, () => undefined);
      await index.load();
      const answers = index.search({ collections: ['default'], probes: pack(people.map(({ vector }) => vector)), topK: 2 });
      const given = answers.flatMap((matches, i) => matches.map((match) => ({ ...match, probe: (people[i] as Person).vector })));
      const wrong = given.filter(({ faceId, identityId, name, collection, externalId, similarity, probe }) => {
        const one = known.get(faceId);
        return one === undefined || one.id !== identityId || one.name !== name || collection !== 'default' || externalId !== '' || Math.abs(cosine(one.vector, probe) - similarity) > 1e-4;
      }).length;
      return { right: people.filter(({ id }, i) => answers[i]?.[0]?.identityId === id).length, wrong };
    } finally {
      db.close();
    }
  } catch {
    return { right: 0, wrong: 0 };
  }
}
