import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import Database from 'better-sqlite3';
import { GlimpseError } from '../../src/errors.js';
import { openGallery, type GalleryOptions } from '../../src/gallery/open.js';
import type { Tiers } from '../../src/gallery/index/tiers.js';
import type { Consent, Enrolment, Gallery, NewFace } from '../../src/gallery/port.js';

/** A graph from so few faces on. */
export const linkedBeyond = (faces: number): Tiers => ({ exactUpTo: faces, skimUpTo: 0 });
/** All faces beyond so many are skimmed. */
export const skimmedBeyond = (faces: number): Tiers => ({ exactUpTo: faces, skimUpTo: Infinity });

export { cosine } from '../../src/cosine.js';
export { generator as seeded } from '../../src/calibration/random.js';

export const NETWORK = 'a'.repeat(64);
export const DIMENSIONS = 256;
export const QUALITY = { score: 0.5, sharpness: 0.625, visibility: 0.75, eyeDistance: 41.5 };

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  return vector.map((x) => x / length);
}

/** A random direction; near `centre` (by `spread`) if one is given. */
export function direction(random: () => number, centre?: Float32Array, spread = 0.5): Float32Array {
  const raw = Float32Array.from({ length: DIMENSIONS }, () => gaussian(random) / Math.sqrt(DIMENSIONS));
  return unit(centre === undefined ? raw : raw.map((x, i) => (centre[i] ?? 0) + spread * x));
}

export function face(embedding: Float32Array, id: string = randomUUID()): NewFace {
  return { id, label: `${id}.jpg`, quality: QUALITY, embedding };
}

interface Person {
  readonly id?: string;
  readonly name?: string;
  readonly externalId?: string;
  readonly metadata?: Record<string, string>;
  readonly tags?: readonly string[];
  readonly consent?: Consent;
}

export function person(faces: readonly NewFace[], { id = randomUUID(), name = 'Ada', externalId = '', metadata = {}, tags = [], consent }: Person = {}): Enrolment {
  return { collection: 'default', identity: { id, name, externalId, metadata, tags, ...(consent && { consent }) }, faces };
}

/** A gallery folder that goes when the test is over, whatever was opened in it. */
export class Folder {
  readonly dir = mkdtempSync(join(tmpdir(), 'glimpse-gallery-'));
  readonly #open: Gallery[] = [];
  readonly warnings: string[] = [];

  async open(options: Partial<GalleryOptions> = {}): Promise<Gallery> {
    const note = (_: object, message: string): void => void this.warnings.push(message);
    const log = { info: () => undefined, warn: note, error: note };
    const gallery = await openGallery({ dir: this.dir, network: NETWORK, requestMemorySeconds: 3600, log, ...options });
    this.#open.push(gallery);
    return gallery;
  }

  async remove(): Promise<void> {
    await Promise.all(this.#open.map((gallery) => gallery.close()));
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** For assert.rejects: a GlimpseError of this kind and reason, with a cure. */
export const refusal = (kind: string, reason: string) => (error: unknown): boolean =>
  error instanceof GlimpseError && error.kind === kind && error.detail.reason === reason && error.detail.cure !== '';

/** Changes a database behind Glimpse's back: nothing is sealed, nothing is checked. */
export function tamper(file: string, sql: string): void {
  const db = new Database(file);
  db.pragma('foreign_keys = OFF');
  const triggers = db.prepare<[], { name: string; sql: string }>("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all();
  for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`);
  db.exec(sql);
  for (const { sql: again } of triggers) db.exec(again);
  db.close();
}

/** Each test of the suite begins with a new folder and an empty gallery in it, and leaves neither. */
export function withGallery(begin: (folder: Folder, gallery: Gallery) => void): void {
  let folder: Folder;
  beforeEach(async () => {
    folder = new Folder();
    begin(folder, await folder.open());
  });
  afterEach(() => folder.remove());
}
