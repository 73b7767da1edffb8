import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withFolder } from '../support/folder.js';
import { glimpse, jsonLines } from './glimpse.js';

describe('glimpse token', () => {
  it('makes a token, lists it without its secret, revokes it', () =>
    withFolder(async (folder) => {
      const dir = ['--data-dir', join(folder, 'data')];
      const created = await glimpse(['token', 'create', '--role', 'enrol', '--name', 'gate 3', '--json', ...dir]);
      const [token] = jsonLines<Record<string, string>>(created);
      assert.equal(created.code, 0, created.stderr);
      assert(token?.id && token.secret && token.secret.length > 30);

      const listed = await glimpse(['token', 'list', ...dir]);
      assert.match(listed.stdout, new RegExp(`^ID +ROLE +NAME +COLLECTIONS +MADE +REVOKED\n${token.id} +enrol +gate 3 +all +\\d{4}-\\S+\n$`));
      assert(!listed.stdout.includes(token.secret));

      assert.equal((await glimpse(['token', 'revoke', token.id], { env: { GLIMPSE_DATA_DIR: join(folder, 'data') } })).stdout, `revoked ${token.id}\n`);
      const [after] = jsonLines<{ tokens: { id: string; revokedAt?: string }[] }>(await glimpse(['token', 'list', '--json', ...dir]));
      assert.deepEqual(after?.tokens.map(({ id, revokedAt }) => [id, typeof revokedAt]), [[token.id, 'string']]);
    }));

  it('ends with 2 for a role that does not exist and with 1 for a token that does not', () =>
    withFolder(async (folder) => {
      const dir = ['--data-dir', folder];
      assert.equal((await glimpse(['token', 'create', '--role', 'king', '--name', 'x', ...dir])).code, 2);
      assert.equal((await glimpse(['token', 'create', '--role', 'admin', ...dir])).code, 2);
      const { code, stderr } = await glimpse(['token', 'revoke', 'nothing', ...dir]);
      assert.equal(code, 1);
      assert.match(stderr, /glimpse token list/);
    }));
});

describe('glimpse migrate', () => {
  it('brings a data folder up to date, and then has nothing to do', () =>
    withFolder(async (folder) => {
      const first = await glimpse(['migrate', '--data-dir', folder]);
      assert.equal(first.code, 0, first.stderr);
      assert.match(first.stdout, /^applied \d+ migrations?: 0001_/);
      assert.equal((await glimpse(['migrate', '--data-dir', folder])).stdout, 'nothing to do\n');
      assert.deepEqual(jsonLines(await glimpse(['migrate', '--data-dir', folder, '--json'])), [{ applied: [] }]);
    }));
});

describe('glimpse backup, gallery verify and restore', () => {
  it('copies a gallery, finds it sound and puts it back', () =>
    withFolder(async (folder) => {
      const [data, copy] = [join(folder, 'data'), join(folder, 'copy.db')];
      await glimpse(['migrate', '--data-dir', data]);
      const backup = await glimpse(['backup', copy, '--data-dir', data, '--json']);
      assert.equal(backup.code, 0, backup.stderr);
      assert.equal(jsonLines<{ file: string }>(backup)[0]?.file, copy);
      const verified = await glimpse(['gallery', 'verify', '--data-dir', data, '--json']);
      assert.equal(verified.code, 0, verified.stderr);
      assert.equal(jsonLines<{ sound: boolean }>(verified)[0]?.sound, true);
      assert.match((await glimpse(['restore', copy, '--data-dir', data])).stdout, /^database +sound[^]*restored to /);
    }));

  it('end with 1 where there is no gallery, and for a backup that is none', () =>
    withFolder(async (folder) => {
      const data = join(folder, 'data');
      for (const verb of [['gallery', 'verify'], ['backup', join(folder, 'x.db')]]) {
        const { code, stderr } = await glimpse([...verb, '--data-dir', data]);
        assert.deepEqual([code, /there is no gallery in/.test(stderr)], [1, true]);
      }
      await writeFile(join(folder, 'no.db'), 'no database at all');
      const { code, stdout } = await glimpse(['restore', join(folder, 'no.db'), '--data-dir', data]);
      assert.deepEqual([code, /DAMAGED[^]*nothing was changed/.test(stdout)], [1, true]);
    }));
});
