import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { backupGallery } from '../../src/gallery/backup.js';
import type { Gallery } from '../../src/gallery/port.js';
import { restoreGallery } from '../../src/gallery/restore.js';
import { verifyGallery, type Finding } from '../../src/gallery/verify/verify.js';
import { direction, face, Folder, linkedBeyond, NETWORK, person, refusal, seeded, tamper } from './support.js';

const PEOPLE = 200;
const OPTIONS = { tiers: linkedBeyond(100) };

describe('gallery: verify, backup and restore', () => {
  const random = seeded(31);
  const vectors = Array.from({ length: PEOPLE }, () => direction(random));
  let master: Folder;
  let folder: Folder;
  before(async () => {
    master = new Folder();
    const gallery = await master.open(OPTIONS);
    await Promise.all(vectors.map((vector, i) => gallery.enroll(person([face(vector, `face ${i}`)], { id: `p${i}`, name: `Name ${i}` }))));
    while (!existsSync(join(master.dir, 'index', 'default.json'))) await sleep(20);
    await gallery.close();
  });
  after(() => master.remove());
  beforeEach(() => {
    folder = new Folder();
    cpSync(master.dir, folder.dir, { recursive: true });
  });
  afterEach(() => folder.remove());

  const file = (name: string): string => join(folder.dir, name);
  const damaged = async (): Promise<string[]> =>
    (await verifyGallery(folder.dir, NETWORK)).filter(({ problems }) => problems.length > 0).map(({ check }) => check);
  const tamperWith = (sql: string): void => { tamper(file('gallery.db'), sql); };
  const placeOf = (vector: Float32Array): number => readFileSync(file('one.db')).indexOf(Buffer.from(vector.buffer));
  const all = async (gallery: Gallery): Promise<(string | undefined)[]> =>
    (await gallery.search('default', vectors, 1)).map(([match]) => (match && match.similarity > 0.99 ? match.identityId : undefined));
  const everybody = vectors.map((_, i) => `p${i}`);

  it('finds a gallery sound, says how much it looked at, and leaves every byte as it is', async () => {
    const files = ['gallery.db', 'index/default.hnsw', 'index/default.json'];
    const before = files.map((name) => readFileSync(file(name)));
    const findings = new Map((await verifyGallery(folder.dir, NETWORK)).map((finding) => [finding.check, finding]));
    assert.deepEqual([...findings.keys()], ['database', 'schema', 'references', 'rows', 'numbers', 'people', 'vectors', 'audit', 'network', 'index of default']);
    assert.ok([...findings.values()].every(({ problems, checked }: Finding) => problems.length === 0 && checked > 0));
    assert.equal(findings.get('vectors')?.checked, PEOPLE);
    assert.ok((findings.get('index of default')?.recall ?? 0) >= 0.995);
    assert.deepEqual(files.map((name) => readFileSync(file(name))), before);
  });

  it('refuses a gallery that is in use, and a folder without one', async () => {
    const gallery = await folder.open(OPTIONS);
    await assert.rejects(verifyGallery(folder.dir, NETWORK), refusal('precondition', 'GALLERY_IN_USE'));
    await gallery.close();
    await assert.rejects(verifyGallery(file('elsewhere'), NETWORK), refusal('precondition', 'NO_GALLERY'));
    assert.equal(existsSync(file('elsewhere')), false);
  });

  const damages: [string, string, () => void][] = [
    ['a face of nobody', 'references', () => tamperWith("DELETE FROM identity WHERE id = 'p3'")],
    ['a name that is not the one it is found by', 'people', () => tamperWith("UPDATE identity SET name = 'Mallory' WHERE id = 'p3'")],
    ['another name for somebody', 'rows', () => tamperWith("UPDATE identity SET name = 'Mallory', folded_name = 'mallory' WHERE id = 'p3'")],
    ['a changed number in a vector', 'rows', () => flip(file('gallery.db'), readFileSync(file('gallery.db')).indexOf(Buffer.from((vectors[3] as Float32Array).buffer)) + 100)],
    ['a face given to another', 'rows', () => tamperWith("UPDATE face SET identity = (SELECT number FROM identity WHERE id = 'p4') WHERE id = 'face 3'")],
    ['a stronger role', 'rows', () => tamperWith("INSERT INTO token (id, role, name, secret_sha256, created_at) VALUES ('t', 'admin', 't', zeroblob(32), 0)")],
    ['a trigger that is gone', 'schema', () => tamperWith('DROP VIEW token_seal')],
    ['a number that would be given twice', 'numbers', () => tamperWith("UPDATE sqlite_sequence SET seq = 1 WHERE name = 'face'")],
    ['an audit without a row', 'audit', () => tamperWith('DELETE FROM audit WHERE number = 3')],
    ['a vector of another length', 'vectors', () => tamperWith("UPDATE face SET vector = zeroblob(1024) WHERE id = 'face 3'")],
    ['a flipped bit in the saved graph', 'index of default', () => flip(file('index/default.hnsw'), 5_000)],
    ['a saved graph of another state', 'index of default', () => tamperWith("UPDATE gallery SET epoch = 'another'")],
    ['a database cut short', 'database', () => truncateSync(file('gallery.db'), statSync(file('gallery.db')).size / 2)],
    ['a database that is none', 'database', () => writeFileSync(file('gallery.db'), 'x'.repeat(10_000))],
  ];
  for (const [name, check, damage] of damages) {
    it(`notices ${name}`, async () => {
      damage();
      assert.ok((await damaged()).includes(check));
    });
  }

  it('notices another network', async () => {
    const findings = await verifyGallery(folder.dir, 'b'.repeat(64));
    assert.deepEqual(findings.filter(({ problems }) => problems.length > 0).map(({ check }) => check), ['network']);
  });

  it('backs up a gallery that is being written, whole', async () => {
    const gallery = await folder.open(OPTIONS);
    const stop = new AbortController();
    const writing = (async () => {
      for (let i = 0; !stop.signal.aborted; i++) await gallery.enroll(person([face(direction(random)), face(direction(random))], { id: `later ${i}` }));
    })();
    await backupGallery(folder.dir, file('one.db'));
    stop.abort();
    await writing;
    assert.equal(statSync(file('one.db')).mode & 0o077, 0, 'others may read the backup');
    assert.equal(existsSync(file('one.db.part')), false);
    await assert.rejects(backupGallery(folder.dir, file('one.db')), refusal('exists', 'BACKUP_EXISTS'));
    const other = new Folder();
    const { replaced } = await restoreGallery(other.dir, file('one.db'), NETWORK);
    assert.equal(replaced, true);
    const restored = await other.open(OPTIONS);
    assert.deepEqual(await all(restored), everybody);
    for await (const { id, faces } of restored.export('default')) assert.equal(faces.length, id.startsWith('later') ? 2 : 1);
    await other.remove();
  });

  it('restores what was there, in the place of what is there, with the log of neither', async () => {
    await backupGallery(folder.dir, file('one.db'));
    const gallery = await folder.open(OPTIONS);
    await gallery.deleteIdentity('default', 'p5');
    await gallery.enroll(person([face(direction(random))], { id: 'new' }));
    await assert.rejects(restoreGallery(folder.dir, file('one.db'), NETWORK), refusal('precondition', 'GALLERY_IN_USE'));
    await gallery.close();
    assert.equal((await restoreGallery(folder.dir, file('one.db'), NETWORK)).replaced, true);
    const again = await folder.open(OPTIONS);
    assert.deepEqual(await all(again), everybody);
    assert.equal((await again.stats('default')).identities, PEOPLE);
    assert.deepEqual(folder.warnings, []);
  });

  it('changes nothing for a backup that is damaged', async () => {
    await backupGallery(folder.dir, file('one.db'));
    const before = readFileSync(file('gallery.db'));
    for (const damage of [() => flip(file('one.db'), placeOf(vectors[9] as Float32Array), 64), () => truncateSync(file('one.db'), 20_000), () => writeFileSync(file('one.db'), 'no')]) {
      damage();
      const { replaced, findings } = await restoreGallery(folder.dir, file('one.db'), NETWORK);
      assert.equal(replaced, false);
      assert.ok(findings.some(({ problems }) => problems.length > 0));
      assert.deepEqual(readFileSync(file('gallery.db')), before);
    }
  });
});

function flip(path: string, place: number, bytes = 1): void {
  const content = readFileSync(path);
  for (let i = place; i < place + bytes; i++) content[i] = (content[i] ?? 0) ^ 0x5a;
  writeFileSync(path, content);
}
