import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withFolder } from '../support/folder.js';
import { photo } from '../support/people.js';
import { TINY_NETWORKS } from '../support/real-server.js';
import { withAda } from './ada.js';
import { glimpse, jsonLines } from './glimpse.js';

interface Told {
  readonly cursor: string;
  readonly kind: string;
  readonly cameraId: string;
  readonly visitId: string;
  readonly reason: string;
  readonly identity?: { readonly name: string };
}

describe('glimpse watch', () => {
  const { run } = withAda();

  it('prints what a stream told, from the beginning or from a cursor on, and a replay says the same', () =>
    withFolder(async (folder) => {
      await mkdir(join(folder, 'film'));
      for (let i = 0; i < 6; i++) await writeFile(join(folder, 'film', `${i}.png`), await photo(1));
      const file = join(folder, 'film.glimpse');
      const recorded = await run('record', '--out', file, '--visits', '--camera', 'gate 3', join(folder, 'film'));
      assert.equal(recorded.code, 0, recorded.stderr);
      const watched = await run('watch', '--replay', '--once', '--json');
      assert.equal(watched.code, 0, watched.stderr);
      const told = jsonLines<Told>(watched);
      assert.deepEqual(told.map(({ kind, cameraId, identity }) => [kind, cameraId, identity?.name]), [['APPEARED', 'gate 3', undefined], ['CONFIRMED', 'gate 3', 'Ada'], ['LEFT', 'gate 3', 'Ada']]);
      assert.equal(new Set(told.map(({ visitId }) => visitId)).size, 1);

      const rest = await run('watch', '--since', told[0]?.cursor ?? '', '--once', '--kind', 'LEFT', '--camera', 'gate 3');
      assert.match(rest.stdout, /^\d{4}-\d\d-\d\dT[\d:.]+Z {2}gate 3 {2}LEFT {7}Ada \([0-9a-f-]{36}\) {2}the stream ended\n$/);

      const replayed = await glimpse(['replay', file, '--json', '--models-dir', TINY_NETWORKS]);
      const again = jsonLines<{ events?: Told[] }>(replayed).flatMap(({ events = [] }) => events);
      assert.deepEqual(again.map(({ kind, reason }) => [kind, reason]), told.map(({ kind, reason }) => [kind, reason]));
    }));

  it('says what is wrong', async () => {
    const wrong = await run('watch', '--kind', 'GONE');
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /kinds\[0\]/);
    const cursor = await run('watch', '--since', '00000000-7');
    assert.match(cursor.stderr, /another gallery.*\n.*replay/);
  });
});
