import assert from 'node:assert/strict';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { photo } from '../support/people.js';
import { withFolder } from '../support/folder.js';
import { withAda } from './ada.js';
import { jsonLines } from './glimpse.js';

describe('glimpse gallery confirm and reject', () => {
  const { server, run } = withAda();
  const decision = async (folder: string): Promise<string> => {
    const seen = await run('identify', '--json', '--evidence', join(folder, 'why'), join(folder, 'one.png'));
    const [{ faces } = { faces: [] }] = jsonLines<{ faces: { decision: { kind: string } }[] }>(seen);
    return faces[0]?.decision.kind ?? '';
  };

  it('stop and start naming a person for a face', () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'one.png'), await photo(1));
      assert.equal(await decision(folder), 'KNOWN');
      assert.deepEqual((await readdir(join(folder, 'why'))).sort(), ['one-1.match', 'one.jpg']);
      const match = join(folder, 'why', 'one-1.match');
      assert.equal((await stat(match)).mode & 0o077, 0, 'for its owner alone');

      const rejected = await run('gallery', 'reject', match);
      assert.equal(rejected.code, 0, rejected.stderr);
      assert.match(rejected.stdout, /^Ada: not this face, until \d{4}-\d\d-\d\d\n$/);
      assert.equal(await decision(folder), 'UNKNOWN');

      const confirmed = await run('gallery', 'confirm', '--add-face', '--label', 'gate 3', '--json', match);
      assert.equal(confirmed.code, 0, confirmed.stderr);
      const [told] = jsonLines<{ rejectionsDropped: number; identity: { faces: { label: string }[] } }>(confirmed);
      assert.equal(told?.rejectionsDropped, 1);
      assert.deepEqual(told.identity.faces.map(({ label }) => label), ['picture 1', 'gate 3']);
      assert.equal(await decision(folder), 'KNOWN');
    }));

  it('end with 3 when the face was confirmed and could not be added', () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'one.png'), await photo(1));
      await decision(folder);
      await server().connect().enroll({ name: 'Twin', allowLookalike: true, images: [{ image: { encoded: await photo(1) } }] });
      const { code, stdout } = await run('gallery', 'confirm', '--add-face', join(folder, 'why', 'one-1.match'));
      assert.equal(code, 3);
      assert.match(stdout, /^Ada: confirmed; the face was not added, LOOKS_LIKE: /);
    }));

  it('say what they want', async () => {
    const { code, stderr } = await run('gallery', 'reject', 'nothing-here');
    assert.equal(code, 2);
    assert.match(stderr, /nothing-here is no match that can be judged/);
  });
});
