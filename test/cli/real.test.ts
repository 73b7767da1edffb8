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
  readonly faces: readonly {
    readonly decision: { readonly kind: string };
    readonly matches: readonly { readonly name: string; readonly similarity: number }[];
    readonly evidence: { readonly regions: readonly { readonly share: number; readonly similarity: number; readonly similarityWithout: number }[]; readonly matched: { readonly label: string } };
  }[];
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
        const seen = await glimpse(['identify', '--json', '--annotate', join(folder, 'out'), '--evidence', join(folder, 'why'), ...photographs], { address });
        assert.equal(seen.code, 0, seen.stderr);
        const known = jsonLines<Line>(seen).map(({ faces }) => faces.filter(({ decision }) => decision.kind === 'KNOWN').map(({ matches }) => matches[0]?.name));
        assert.deepEqual(known, [['Left'], [], ['Right']]);
        const { width } = await sharp(join(folder, 'out', 'sample5.jpg')).metadata();
        assert.equal(width, 1920);
        const why = await sharp(join(folder, 'why', 'sample1.jpg')).metadata();
        const [{ faces } = { faces: [] }] = jsonLines<Line>(seen);
        assert.ok(why.height > 224 * faces.length, 'a row a face');
        for (const { evidence } of faces) assert.ok(Math.abs(evidence.regions.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-5);
        const known1 = faces.find(({ decision }) => decision.kind === 'KNOWN');
        assert.equal(known1?.evidence.matched.label, '1.png');
        const [eyes] = known1.evidence.regions;
        const similarity = known1.matches[0]?.similarity ?? 0;
        assert.ok(eyes !== undefined && eyes.similarity > 0.2 && eyes.similarityWithout < similarity - 0.1, `eyes carry the match of ${similarity}: ${JSON.stringify(eyes)}`);
      } finally {
        server.kill('SIGTERM');
        assert.deepEqual(await once(server, 'exit'), [0, null]);
      }
    }));
});
