import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import sharp from 'sharp';
import { ROOT } from '../../src/paths.js';
import { withFolder } from '../support/folder.js';
import { glimpse, jsonLines, start } from './glimpse.js';

const PHOTOGRAPHS = join(ROOT, 'node_modules', '@vladmandic', 'face-api', 'demo');

/** One face cut out of a group photograph, with some room around it. */
async function cutOut(photograph: string, [left, top, width, height]: readonly [number, number, number, number]): Promise<Buffer> {
  return sharp(await readFile(join(PHOTOGRAPHS, photograph))).extract({ left, top, width, height }).png().toBuffer();
}

interface Line {
  readonly faces: readonly { readonly decision: { readonly kind: string }; readonly matches: readonly { readonly name: string }[] }[];
}

describe('glimpse with the shipped networks', function () {
  this.timeout(120_000);

  it('enrols people from a folder and finds them, and nobody else, in the photographs', () =>
    withFolder(async (folder) => {
      const server = start(['serve', '--port', '0', '--data-dir', join(folder, 'data'), '--json', '--log-level', 'error']);
      try {
        assert(server.stdout);
        const [line] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
        const { address } = JSON.parse(line) as { address: string };
        for (const [name, photograph, box] of [['Left', 'sample1.jpg', [340, 330, 320, 320]], ['Right', 'sample6.jpg', [1400, 250, 320, 360]]] as const) {
          await mkdir(join(folder, 'people', name), { recursive: true });
          await writeFile(join(folder, 'people', name, '1.png'), await cutOut(photograph, box));
        }
        const enrolled = await glimpse(['enroll', join(folder, 'people')], { address });
        assert.equal(enrolled.code, 0, enrolled.stdout + enrolled.stderr);

        const photographs = [1, 5, 6].map((number) => join(PHOTOGRAPHS, `sample${number}.jpg`));
        const seen = await glimpse(['identify', '--json', '--annotate', join(folder, 'out'), ...photographs], { address });
        assert.equal(seen.code, 0, seen.stderr);
        const known = jsonLines<Line>(seen).map(({ faces }) => faces.filter(({ decision }) => decision.kind === 'KNOWN').map(({ matches }) => matches[0]?.name));
        assert.deepEqual(known, [['Left'], [], ['Right']]);
        const { width } = await sharp(join(folder, 'out', 'sample5.jpg')).metadata();
        assert.equal(width, 1920);
      } finally {
        server.kill('SIGTERM');
        assert.deepEqual(await once(server, 'exit'), [0, null]);
      }
    }));
});
