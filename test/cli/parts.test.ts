import assert from 'node:assert/strict';
import { overlaySvg } from '../../src/cli/annotate.js';
import { splitJpegs } from '../../src/cli/split-jpegs.js';
import { textTable } from '../../src/cli/table.js';
import type { Face } from '../../src/client/index.js';

describe('a stream of JPEG files', () => {
  const files = [[0xff, 0xd8, 1, 0xff, 0x00, 2, 0xff, 0xd9], [0xff, 0xd8, 0xff, 0xd9], [0xff, 0xd8, 3, 0xff, 0xd9]].map((bytes) => Buffer.from(bytes));

  async function split(chunks: Iterable<Buffer>): Promise<Buffer[]> {
    const found: Buffer[] = [];
    for await (const file of splitJpegs((async function* () { yield* await Promise.resolve(chunks); })())) found.push(file);
    return found;
  }

  it('is cut into its files, wherever the chunks end', async () => {
    const all = Buffer.concat(files);
    for (let size = 1; size <= all.length; size++) {
      const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.subarray(i * size, (i + 1) * size));
      assert.deepEqual(await split(chunks), files, `chunks of ${size}`);
    }
  });

  it('leaves out a file that is cut short', async () => {
    assert.deepEqual(await split([Buffer.concat(files).subarray(0, -1)]), files.slice(0, 2));
  });
});

describe('a drawn face', () => {
  const face: Face = {
    box: { x: 10, y: 60, width: 80, height: 100 },
    landmarks: [{ x: 30, y: 90, visibility: 1 }],
    detectionScore: 1,
    quality: null,
    importance: [],
    matches: [{ identityId: '1', externalId: '', name: 'Ada <& "co">', similarity: 0.714, faceId: '2', collection: '', threshold: 0.4 }],
    decision: { kind: 'KNOWN', reason: '', threshold: 0.4, searched: 1 },
    crop: Buffer.alloc(0),
    attention: null, evidence: null, trackId: 0, trackState: 'TRACK_STATE_UNSPECIFIED', trackAgeMs: 0,
  };

  it('has its name and similarity, safe in XML', () => {
    assert.match(overlaySvg(200, 200, [face]), />Ada &lt;&amp; &quot;co&quot;&gt; 0\.71<\/text>/);
  });

  it('names nobody who is not known', () => {
    const svg = overlaySvg(200, 200, [{ ...face, decision: { kind: 'UNKNOWN', reason: '', threshold: 0.4, searched: 1 } }]);
    assert.match(svg, />unknown<\/text>/);
    assert.doesNotMatch(svg, /Ada/);
  });
});

describe('a table', () => {
  it('counts letters, not bytes, for its columns', () => {
    assert.equal(textTable(['name', 'n'], [['Zoë', '1'], ['Zoe\u0308', '2'], ['Ada L.', '3']]), 'NAME    N\nZoë     1\nZoe\u0308     2\nAda L.  3');
  });
});
