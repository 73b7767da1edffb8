import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireSoundSqlite } from '../../src/gallery/database.js';
import { migrate } from '../../src/gallery/migrate.js';
import { takeLock } from '../../src/gallery/lock.js';
import { MIGRATIONS_DIR } from '../../src/paths.js';
import { direction, face, Folder, person, refusal, seeded } from './support.js';

describe('gallery: opening and closing', () => {
  const random = seeded(8);
  let folder: Folder;
  beforeEach(() => { folder = new Folder(); });
  afterEach(() => folder.remove());

  it('is all there after a restart, with no write-ahead log left behind', async () => {
    const first = await folder.open();
    const probe = direction(random);
    const { identity } = await first.enroll(person([face(probe)]));
    await first.close();
    assert.deepEqual(readdirSync(folder.dir).sort(), ['gallery.db', 'gallery.lock', 'index']);
    assert.equal(statSync(join(folder.dir, 'gallery.db')).mode & 0o077, 0, 'others may read the faces');
    const second = await folder.open();
    assert.deepEqual(await second.get('default', { id: identity.id }), identity);
    assert.equal((await second.search('default', [probe], 1))[0]?.[0]?.identityId, identity.id);
  });

  it('finishes what was asked before it closes, and refuses what comes after', async () => {
    const gallery = await folder.open();
    const writes = Array.from({ length: 50 }, () => gallery.enroll(person([face(direction(random))])));
    const closing = gallery.close();
    assert.equal((await Promise.all(writes)).length, 50);
    await assert.rejects(gallery.stats('default'), refusal('unavailable', 'GALLERY_CLOSED'));
    await closing;
    await gallery.close();
    assert.equal((await (await folder.open()).stats('default')).faces, 50);
  });

  it('lets the process end once it is closed', async () => {
    const script = `import { openGallery } from ${JSON.stringify(new URL('../../src/gallery/open.js', import.meta.url).href)};
      const gallery = await openGallery({ dir: ${JSON.stringify(folder.dir)}, network: 'a'.repeat(64), requestMemorySeconds: 1 });
      await gallery.close();`;
    const file = join(folder.dir, 'once.mjs');
    writeFileSync(file, script);
    const child = spawn(process.execPath, [file], { stdio: ['ignore', 'ignore', 'inherit'] });
    assert.equal(await new Promise((resolve) => child.once('exit', resolve)), 0);
  });

  it('is open in one process at a time', async () => {
    const gallery = await folder.open();
    await assert.rejects(folder.open(), refusal('precondition', 'GALLERY_IN_USE'));
    assert.throws(() => migrate(folder.dir), refusal('precondition', 'GALLERY_IN_USE'));
    await gallery.close();
    takeLock(folder.dir).release();
    await folder.open();
  });

  it('goes with another network once nobody is in it', async () => {
    const first = await folder.open();
    await first.enroll(person([face(direction(random))], { id: 'p1' }));
    await first.deleteIdentity('default', 'p1');
    await first.close();
    const emptied = await folder.open({ network: 'b'.repeat(64) });
    assert.equal((await emptied.enroll(person([face(direction(random))]))).created, true);
  });

  it('does not trust an SQLite with the WAL-reset bug', () => {
    for (const good of ['3.51.3', '3.52.0', '4.0.0', '3.53.2']) requireSoundSqlite(good);
    for (const bad of ['3.51.2', '3.50.9', '2.99.99', '3.51']) assert.throws(() => { requireSoundSqlite(bad); }, refusal('precondition', 'SQLITE_TOO_OLD'));
  });
});

describe('gallery: migrations', () => {
  let folder: Folder;
  let migrations: string;
  beforeEach(() => {
    folder = new Folder();
    migrations = mkdtempSync(join(tmpdir(), 'glimpse-migrations-'));
    cpSync(MIGRATIONS_DIR, migrations, { recursive: true });
  });
  afterEach(async () => {
    rmSync(migrations, { recursive: true });
    await folder.remove();
  });

  const released = readdirSync(MIGRATIONS_DIR).filter((name) => name.endsWith('.sql')).sort();
  const next = `${String(released.length + 1).padStart(4, '0')}_more.sql`;

  it('are applied once, in order', () => {
    assert.deepEqual(migrate(folder.dir, migrations), released);
    assert.deepEqual(migrate(folder.dir, migrations), []);
    writeFileSync(join(migrations, next), 'CREATE TABLE more (x INTEGER) STRICT;');
    assert.deepEqual(migrate(folder.dir, migrations), [next]);
  });

  it('leave nothing of one that fails', () => {
    writeFileSync(join(migrations, next), 'CREATE TABLE more (x INTEGER) STRICT; CREATE TABLE more (x INTEGER) STRICT;');
    assert.throws(() => migrate(folder.dir, migrations), /already exists/);
    writeFileSync(join(migrations, next), 'CREATE TABLE more (x INTEGER) STRICT;');
    assert.deepEqual(migrate(folder.dir, migrations), [next]);
  });

  it('are refused when one that was applied has been edited', () => {
    migrate(folder.dir, migrations);
    writeFileSync(join(migrations, released[0] ?? ''), 'CREATE TABLE other (x INTEGER) STRICT;');
    assert.throws(() => migrate(folder.dir, migrations), refusal('precondition', 'MIGRATION_EDITED'));
  });

  it('are refused when the gallery knows one that this version does not', async () => {
    writeFileSync(join(migrations, next), 'CREATE TABLE more (x INTEGER) STRICT;');
    migrate(folder.dir, migrations);
    assert.throws(() => migrate(folder.dir), refusal('precondition', 'GALLERY_TOO_NEW'));
    await assert.rejects(folder.open(), refusal('precondition', 'GALLERY_TOO_NEW'));
  });
});
