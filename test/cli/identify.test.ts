import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import sharp from 'sharp';
import { withFolder } from '../support/folder.js';
import { type FakeServer, startFake } from '../support/server.js';
import { settled, until } from '../support/wait.js';
import { type Finished, glimpse, jsonLines, type RunOptions } from './glimpse.js';

interface Line {
  readonly source: string;
  readonly skipped?: { readonly reason: string };
  readonly faces?: readonly { readonly decision: { readonly kind: string }; readonly matches: readonly { readonly name: string }[] }[];
}

describe('glimpse identify', () => {
  let fake: FakeServer;
  before(async () => {
    fake = await startFake({ config: { maxFrameRate: 10_000 } });
    for (const name of ['ada', 'grace']) await fake.client.enroll({ name: `${name} the first`, images: [{ image: { encoded: Buffer.from(name) } }] });
  });
  after(() => fake.stop());

  const run = (args: readonly string[], options: RunOptions = {}): Promise<Finished> => glimpse(['identify', ...args], { address: fake.server.address, ...options });
  const namesIn = ({ faces = [] }: Line): string[] => faces.map(({ decision, matches }) => (decision.kind === 'KNOWN' ? (matches[0]?.name ?? '') : decision.kind));

  it('says who is in a picture', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'party.jpg');
      await writeFile(file, 'ada stranger');
      const { code, stdout } = await run([file]);
      assert.equal(code, 0);
      const [head, titles, ada, stranger] = stdout.split('\n');
      assert.equal(head, `${file}: 2 faces`);
      assert.match(titles ?? '', /DECISION {2,}NAME {2,}SIMILARITY/);
      assert.match(ada ?? '', /1 {2}KNOWN {5}ada the first {2}1\.00 {8}0\.50/);
      assert.match(stranger ?? '', /2 {2}UNKNOWN {3}–/);
    }));

  it('looks at a folder in order, and ends with 3 when some pictures cannot be read', () =>
    withFolder(async (folder) => {
      await mkdir(join(folder, 'more'));
      for (const [name, shows] of [['b.jpg', '!cut short'], ['a.jpg', 'ada'], ['c.PNG', ''], ['more/d.webp', 'grace ada'], ['notes.txt', 'no picture']] as const) await writeFile(join(folder, name), shows);
      const finished = await run([folder, '--json']);
      assert.equal(finished.code, 3);
      assert.equal(finished.stderr, '');
      const lines = jsonLines<Line>(finished);
      assert.deepEqual(lines.map(({ source }) => source.slice(folder.length + 1)), ['a.jpg', 'b.jpg', 'c.PNG', 'more/d.webp']);
      assert.deepEqual(lines.map((line) => line.skipped?.reason ?? namesIn(line)), [['ada the first'], 'UNDECODABLE', [], ['grace the first', 'ada the first']]);
    }));

  it('ends with 1 when no picture could be looked at', () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'x.jpg'), '!empty');
      const { code, stdout } = await run([join(folder, 'x.jpg')]);
      assert.equal(code, 1);
      assert.match(stdout, /x\.jpg: not looked at, UNDECODABLE: /);
    }));

  it('says what bounds the size of a picture', () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'huge.jpg'), Buffer.alloc(17 * 2 ** 20));
      const { code, stderr } = await run([join(folder, 'huge.jpg')]);
      assert.equal(code, 1);
      assert.match(stderr, /--max-message-bytes/);
    }));

  it('passes on what is asked of the stream', () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'x.jpg'), 'ada grace');
      const [line] = jsonLines<Line>(await run([join(folder, 'x.jpg'), '--json', '--threshold', '-1', '--max-faces', '1', '--top-k', '2']));
      assert.equal(line?.faces?.length, 1);
      assert.equal(line.faces[0]?.matches.length, 2);
    }));

  it('follows people from picture to picture', () =>
    withFolder(async (folder) => {
      const shown = ['stranger ada', 'stranger ada', 'stranger', 'stranger ada'];
      for (const [i, text] of shown.entries()) await writeFile(join(folder, `${i}.jpg`), text);
      const numbers = (lines: readonly (Line & { readonly outOfSight?: Line['faces'] })[]): number[][] =>
        lines.map(({ faces = [], outOfSight = [] }) => [...faces, ...outOfSight].map((face) => (face as unknown as { trackId: number }).trackId));
      assert.deepEqual(numbers(jsonLines(await run([folder, '--json', '--track']))), [[1, 2], [1, 2], [1, 2], [1, 2]]);
      // A second between pictures, half a second of patience.
      assert.deepEqual(numbers(jsonLines(await run([folder, '--json', '--track', '--patience', '0.5', '--fps', '1']))), [[1, 2], [3, 4, 1, 2], [5, 3, 4], [6, 7, 5]]);
      assert.match((await run([folder, '--track'])).stdout, /TRACK {2}DECISION.*\n.*\n +2 +KNOWN +ada/);
      assert.equal((await run([folder, '--patience', '1'])).code, 2);
    }));

  it('writes annotated pictures, one for each, of the same size', () =>
    withFolder(async (folder) => {
      const blank = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#888' } }).png().toBuffer();
      for (const place of ['a', 'b']) {
        await mkdir(join(folder, place));
        await writeFile(join(folder, place, '1.png'), blank);
      }
      const out = join(folder, 'out');
      assert.equal((await run([join(folder, 'a'), join(folder, 'b'), '--annotate', out])).code, 0);
      assert.deepEqual((await readdir(out)).sort(), ['1-2.jpg', '1.jpg']);
      const { width, height } = await sharp(join(out, '1.jpg')).metadata();
      assert.deepEqual([width, height], [64, 48]);
    }));

  describe('with a video', () => {
    const FRAMES = ['ada', 'grace ada', ''].map((shows) => Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.from(` ${shows} `), Buffer.from([0xff, 0xd9])]));

    /** A program named ffmpeg that knows one film; it writes its arguments down. */
    async function fakeFfmpeg(folder: string, script: string): Promise<NodeJS.ProcessEnv> {
      await writeFile(join(folder, 'film'), Buffer.concat(FRAMES));
      await writeFile(join(folder, 'ffmpeg'), `#!/bin/sh\necho "$@" > '${folder}/arguments'\n${script}\n`);
      await chmod(join(folder, 'ffmpeg'), 0o755);
      return { PATH: `${folder}${delimiter}${process.env.PATH ?? ''}` };
    }

    it('looks at its frames one by one', () =>
      withFolder(async (folder) => {
        const env = await fakeFfmpeg(folder, `cat '${folder}/film'`);
        const finished = await run(['visit.mp4', '--json', '--fps', '5'], { env });
        assert.equal(finished.code, 0, finished.stderr);
        const lines = jsonLines<Line>(finished);
        assert.deepEqual(lines.map(({ source }) => source), ['visit.mp4#1', 'visit.mp4#2', 'visit.mp4#3']);
        // The markers around the names are faces to the fake vision; what matters is who else is there.
        assert(namesIn(lines[1] ?? { source: '' }).includes('grace the first'));
      }));

    it('says what ffmpeg said when it fails', () =>
      withFolder(async (folder) => {
        const env = await fakeFfmpeg(folder, 'echo "moov atom not found" >&2; exit 1');
        const { code, stderr } = await run(['visit.mp4'], { env });
        assert.equal(code, 1);
        assert.match(stderr, /could not read visit\.mp4: moov atom not found/);
      }));

    it('says what to install when ffmpeg is missing', async () => {
      const { code, stderr } = await run(['visit.mp4'], { env: { PATH: '/nonexistent' } });
      assert.equal(code, 1);
      assert.match(stderr, /video needs ffmpeg, which is not installed; install it/);
    });

    it('leaves out the frames of a camera that come too fast, which is no failure', () =>
      withFolder(async (folder) => {
        const env = await fakeFfmpeg(folder, `for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do cat '${folder}/film'; done`);
        fake.vision.hold();
        const running = run(['rtsp://camera/stream', '--json'], { env });
        await until(() => fake.vision.working > 0);
        await settled(() => fake.vision.working);
        fake.vision.letAllGo();
        const finished = await running;
        assert.equal(finished.code, 0, finished.stderr);
        const reasons = jsonLines<Line>(finished).map(({ skipped }) => skipped?.reason ?? 'seen');
        assert.equal(reasons.length, 48);
        assert.deepEqual([...new Set(reasons)].sort(), ['SUPERSEDED', 'seen']);
        assert.match(await readFile(join(folder, 'arguments'), 'utf8'), /-rtsp_transport tcp -i rtsp:\/\/camera\/stream/);
      }));

    it('takes one video at a time', async () => {
      assert.equal((await run(['a.mp4', 'b.jpg'])).code, 2);
    });
  });
});
