import assert from 'node:assert/strict';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withFolder } from '../support/folder.js';
import { photo } from '../support/people.js';
import { TINY_NETWORKS } from '../support/real-server.js';
import { glimpse } from './glimpse.js';

describe('glimpse calibrate', () => {
  it('refuses too few people by name of what is missing, and leaves the contract as it was', () =>
    withFolder(async (folder) => {
      const models = join(folder, 'models');
      await cp(TINY_NETWORKS, models, { recursive: true });
      for (const person of [1, 2]) {
        await mkdir(join(folder, 'people', String(person)), { recursive: true });
        await writeFile(join(folder, 'people', String(person), 'a.png'), await photo(person));
      }
      const finished = await glimpse(['calibrate', join(folder, 'people'), '--models-dir', models, '--workers', '1']);
      assert.equal(finished.code, 1, finished.stdout);
      assert.match(finished.stderr, /too little to measure on: \d people, 30 are needed/);
      assert.equal(await readFile(join(models, 'embedder.json'), 'utf8'), await readFile(join(TINY_NETWORKS, 'embedder.json'), 'utf8'));
    }));

  it('asks whom to measure on', async () => {
    assert.equal((await glimpse(['calibrate'])).code, 2);
  });
});
