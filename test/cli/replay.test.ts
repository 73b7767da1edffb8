import assert from 'node:assert/strict';
import { cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withFolder } from '../support/folder.js';
import { photo, png } from '../support/people.js';
import { TINY_NETWORKS } from '../support/real-server.js';
import { withAda } from './ada.js';
import { type Finished, glimpse, jsonLines } from './glimpse.js';

interface Line {
  readonly sequence: number;
  readonly at: string;
  readonly skipped?: string;
  readonly faces: readonly { readonly box: object; readonly matches: readonly object[]; readonly decision: { readonly kind: string } }[];
}

describe('glimpse record and replay', () => {
  const { server, run } = withAda();
  const replay = (file: string, ...more: string[]): Promise<Finished> => glimpse(['replay', file, '--models-dir', TINY_NETWORKS, ...more]);

  /** Ten pictures, one of which cannot be read. */
  async function recorded(folder: string, ...more: string[]): Promise<string> {
    await mkdir(join(folder, 'film'));
    for (let i = 0; i < 10; i++) {
      const shown = i === 4 ? Buffer.from('no picture') : await png({ person: 1 + (i % 3), at: [5 + i % 4, 6] }, { person: 2, at: [13, 8] });
      await writeFile(join(folder, 'film', `${i}.png`), shown);
    }
    const file = join(folder, 'film.glimpse');
    const finished = await run('record', '--out', file, ...more, join(folder, 'film'));
    assert.equal(finished.code, 0, finished.stderr);
    assert.equal(finished.stdout, `${file}: 10 frames\n`);
    return file;
  }

  it('say again what was said, to the byte, without the server', () =>
    withFolder(async (folder) => {
      const file = await recorded(folder);
      assert.equal((await stat(file)).mode & 0o077, 0, 'for its owner alone');
      const live = jsonLines<Line>(await run('identify', '--json', join(folder, 'film')));
      const first = await replay(file, '--json');
      assert.equal(first.code, 0, first.stderr);
      const lines = jsonLines<Line>(first);
      assert.deepEqual(lines.map(({ sequence }) => sequence), Array.from({ length: 10 }, (_, i) => i + 1));
      assert.deepEqual(lines.map(({ faces, skipped }) => skipped === undefined && faces.map(({ decision }) => decision.kind)),
        live.map(({ faces, skipped }) => skipped === undefined && faces.map(({ decision }) => decision.kind)));
      assert.deepEqual(lines[0]?.faces.map(({ matches }) => matches.length), [1, 1]);
      assert.match(lines[4]?.skipped ?? '', /is no JPEG, PNG or WebP file/);
      for (const speed of ['0.5', '2', '1000']) assert.equal((await replay(file, '--json', '--speed', speed)).stdout, first.stdout);
      const told = await replay(file);
      assert.match(told.stdout, /^1: (Ada 1\.00|unknown), (Ada 1\.00|unknown)$/m);
      assert.match(told.stderr, /^embedder [0-9a-f]{12}…, collection default [0-9a-f]{12}…$/m);
    }));

  it('keep pictures only when asked', () =>
    withFolder(async (folder) => {
      const text = await readFile(await recorded(folder, '--pictures'), 'utf8');
      const picture = (await readFile(join(folder, 'film', '0.png'))).toString('base64');
      assert.ok(text.includes(picture));
      const without = join(folder, 'without.glimpse');
      await run('record', '--out', without, join(folder, 'film'));
      assert.ok(!(await readFile(without, 'utf8')).includes(picture.slice(0, 200)));
      assert.equal((await replay(join(folder, 'film.glimpse'), '--json')).code, 0);
    }));

  it('refuse other networks and another gallery, and name what differs', () =>
    withFolder(async (folder) => {
      const file = await recorded(folder);
      const same = await replay(file, '--json', '--data-dir', server().dataDir);
      assert.equal(same.code, 0, same.stderr);

      const other = await glimpse(['replay', file]);
      assert.equal(other.code, 1);
      assert.match(other.stderr, /made with other networks: detector [0-9a-f]{12}…, here [0-9a-f]{12}…; embedder/);
      const looser = join(folder, 'models');
      await cp(TINY_NETWORKS, looser, { recursive: true });
      await writeFile(join(looser, 'embedder.json'), (await readFile(join(looser, 'embedder.json'), 'utf8')).replace('"1e-5"', ' "1e-5"'));
      const contract = await glimpse(['replay', file, '--models-dir', looser]);
      assert.match(contract.stderr, /other networks: contract [0-9a-f]{12}…, here [0-9a-f]{12}… \(models-dir\)\n/);
      assert.equal((await glimpse(['replay', file, '--models-dir', looser, '--anyway', '--json'])).stdout, same.stdout);

      await server().connect().enroll({ name: 'Grace', images: [{ image: { encoded: await photo(9) } }] });
      const grown = await replay(file, '--data-dir', server().dataDir);
      assert.equal(grown.code, 1);
      assert.match(grown.stderr, /collection default does not hold what it held when the recording was made/);
      const anyway = await replay(file, '--data-dir', server().dataDir, '--anyway');
      assert.equal(anyway.code, 0);
      assert.match(anyway.stderr, /differs: another gallery/);
    }));

  it('say what is wrong with a file', () =>
    withFolder(async (folder) => {
      const file = await recorded(folder);
      const text = await readFile(file, 'utf8');
      const broken: [string, string, RegExp][] = [
        ['cut', text.slice(0, text.length / 2), /ends early: \d whole frames/],
        ['changed', text.replace('"score"', '"Score"'), /is damaged: line \d+ is not as it was written/],
        ['other', 'a,b\n1,2\n', /is no recording/],
      ];
      for (const [name, content, message] of broken) {
        await writeFile(join(folder, name), content);
        const { code, stderr } = await replay(join(folder, name));
        assert.equal(code, 1);
        assert.match(stderr, message);
      }
      assert.match((await replay(join(folder, 'nothing'))).stderr, /no such file/);
      assert.equal((await run('record', '--out', file, join(folder, 'film'))).code, 2, 'it exists');
    }));
});
