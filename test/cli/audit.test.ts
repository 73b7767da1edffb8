import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Gallery } from '../../src/gallery/port.js';
import { Folder, person } from '../gallery/support.js';
import { type Finished, glimpse, jsonLines } from './glimpse.js';

const [ADA, BOB] = [randomUUID(), randomUUID()];

describe('glimpse audit', () => {
  let folder: Folder;
  let gallery: Gallery;
  before(async () => {
    folder = new Folder();
    gallery = (await folder.open()).as({ actor: 'token:t-1', peer: '192.0.2.1:99', request: 'r-1' });
    await gallery.enroll(person([], { id: ADA }));
    await gallery.enroll(person([], { id: BOB }));
    await gallery.note({ call: 'Identify', collection: 'default', identities: [ADA], times: 7 });
  });
  after(() => folder.remove());
  const run = (...args: string[]): Promise<Finished> => glimpse(['audit', ...args, '--data-dir', folder.dir]);

  it('verifies beside whoever has the gallery open, and knows a head again', async () => {
    const { code, stdout } = await run('verify');
    assert.equal(code, 0);
    const head = /^3 rows, all as they were written\nhead (3:[0-9a-f]{64})\n$/.exec(stdout)?.[1] ?? assert.fail(stdout);
    await gallery.update('default', BOB, { name: 'Bob' });
    const [again] = jsonLines<{ rows: number; broken?: object }>(await run('verify', '--head', head, '--json'));
    assert.deepEqual([again?.rows, again?.broken], [4, undefined]);
    const other = await run('verify', '--head', `2:${head.slice(2)}`);
    assert.equal(other.code, 1);
    assert.match(other.stdout, /^broken: row 2 is not the one that was noted/);
    assert.equal((await run('verify', '--head', '3')).code, 2);
  });

  it('prints who did what to whom', async () => {
    const { code, stdout } = await run('export');
    assert.equal(code, 0);
    const lines = stdout.trimEnd().split('\n');
    assert.match(lines[2] ?? '', new RegExp(`^3 {2}\\d{4}-\\S+Z {2}token:t-1 {2}192\\.0\\.2\\.1:99 {2}r-1 {2}Identify {2}default {2}${ADA} ×7$`));
    const rows = jsonLines(await run('export', '--json', '--identity', ADA));
    assert.deepEqual(rows.map(({ call, times }) => [call, times]), [['Enroll', 1], ['Identify', 7]]);
    assert.equal((await run('export', '--until', '2001-01-01')).stdout, '');
    assert.equal(jsonLines(await run('export', '--json', '--since', '2001-01-01T00:00Z')).length >= 3, true);
    assert.equal((await run('export', '--since', 'yesterday')).code, 2);
  });

  it('names a folder without a gallery', async () => {
    const { code, stderr } = await glimpse(['audit', 'verify', '--data-dir', '/nowhere']);
    assert.equal(code, 1);
    assert.match(stderr, /no gallery in \/nowhere/);
  });
});
