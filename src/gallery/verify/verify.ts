import { existsSync } from 'node:fs';
import { GlimpseError } from '../../errors.js';
import { openForReading, storageError, type Connection } from '../database.js';
import { databaseFile } from '../files.js';
import { takeLock } from '../lock.js';
import { isCurrent } from '../migrate.js';
import type { Finding } from './finding.js';
import { checkIndexes } from './index-check.js';
import { checkAudit, checkDatabase, checkNetwork, checkNumbers, checkPeople, checkReferences, checkSchema, checkSeals, checkVectors } from './tables.js';

export type { Finding } from './finding.js';

/**
 * Looks at everything in a data folder that no server has open, and changes nothing; the verb `glimpse gallery verify`. Damage is
 * a finding; throws `precondition` (NO_GALLERY, GALLERY_IN_USE, GALLERY_OUTDATED, GALLERY_TOO_NEW) where there is nothing to look at.
 * @param network sha256 of the network that this release embeds with
 */
export async function verifyGallery(dir: string, network: string): Promise<Finding[]> {
  if (!existsSync(databaseFile(dir))) throw noGallery(dir);
  const lock = takeLock(dir);
  try {
    return await verifyFolder(dir, network);
  } finally {
    lock.release();
  }
}

/** The same for whoever holds the lock. */
export async function verifyFolder(dir: string, network: string): Promise<Finding[]> {
  const db = openForReading(dir);
  try {
    const unreadable = requireCurrent(db, dir);
    if (unreadable !== undefined) return [unreadable];
    const findings = [
      checkDatabase(db), checkSchema(db), checkReferences(db), checkSeals(db), checkNumbers(db), checkPeople(db), checkVectors(db), checkAudit(db), checkNetwork(db, network),
    ];
    return [...findings, ...(await checkIndexes(db, dir))];
  } finally {
    db.close();
  }
}

/** A database so damaged that it cannot even say its version is a finding. */
function requireCurrent(db: Connection, dir: string): Finding | undefined {
  let current: boolean;
  try {
    current = isCurrent(db);
  } catch (error) {
    if (error instanceof GlimpseError) throw error;
    return { check: 'database', checked: 0, problems: [(storageError(error) as Error).message] };
  }
  if (current) return undefined;
  throw new GlimpseError('precondition', `the gallery in ${dir} was last opened by an older Glimpse`, {
    field: 'data-dir', reason: 'GALLERY_OUTDATED', cure: 'bring it up to date first: glimpse migrate',
  });
}

const noGallery = (dir: string): GlimpseError => new GlimpseError('precondition', `there is no gallery in ${dir}`, {
  field: 'data-dir', reason: 'NO_GALLERY', cure: 'name the folder that the server was started with',
});
