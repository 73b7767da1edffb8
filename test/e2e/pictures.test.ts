import assert from 'node:assert/strict';
import type { GlimpseClient } from '../../src/client/index.js';
import { badPictures } from '../support/bad-pictures.js';
import { Camera } from '../support/identify.js';
import { photo, png, scene } from '../support/people.js';
import { RealServer } from '../support/real-server.js';
import { refused } from '../support/refused.js';

describe('pictures, through the whole server', function () {
  this.timeout(120_000);
  let server: RealServer;
  let client: GlimpseClient;
  let bad: Record<string, Buffer>;
  before(async () => {
    server = await RealServer.start();
    client = server.connect();
    bad = await badPictures();
    await client.enroll({ name: 'One', images: [{ image: { encoded: await photo(1) } }] });
  });
  after(() => server.remove());

  for (const reason of ['EMPTY', 'UNSUPPORTED_FORMAT', 'TRUNCATED', 'CORRUPT', 'TOO_MANY_PIXELS', 'ANIMATED']) {
    it(`that are ${reason} are refused by name, and end no stream`, async () => {
      const image = { encoded: bad[reason] ?? assert.fail() };
      const error = await refused(client.search({ image }), 'INVALID_ARGUMENT', reason, 'image.encoded');
      await refused(client.verify({ a: { encoded: await photo(1) }, b: image }), 'INVALID_ARGUMENT', reason, 'b.encoded');

      const enrolled = await client.enroll({ name: 'Nobody', images: [{ image }] });
      assert.equal(enrolled.images[0]?.rejected?.reason, 'UNDECODABLE');
      assert.ok(enrolled.images[0].rejected.message.startsWith(error.message));

      const camera = new Camera(server.stubs()).configure({ framePolicy: 'ALL' }).frames(image.encoded, await photo(1));
      await camera.finish();
      assert.deepEqual(camera.outcomes, ['UNDECODABLE', 'result']);
      assert.ok(camera.answers[0]?.skipped?.detail.startsWith(error.message), camera.answers[0]?.skipped?.detail);
    });
  }

  it('of other colour spaces and depths are read', async () => {
    const drawn = await scene({ person: 1, at: [8, 6] });
    const files = {
      grey: drawn.clone().greyscale().jpeg(),
      cmyk: drawn.clone().toColourspace('cmyk').jpeg(),
      deep: drawn.clone().toColourspace('rgb16').png(),
      alpha: drawn.clone().ensureAlpha(0.5).png(),
      webp: drawn.clone().webp({ lossless: true }),
    };
    for (const [kind, file] of Object.entries(files)) {
      const { width, height } = await client.search({ image: { encoded: await file.toBuffer() } });
      assert.deepEqual([width, height], [640, 480], kind);
    }
    for (const file of [files.deep, files.webp]) {
      const { faces } = await client.search({ image: { encoded: await file.toBuffer() } });
      assert.equal(faces[0]?.matches[0]?.name, 'One');
      assert.ok(faces[0].matches[0].similarity > 0.99);
    }
  });

  it('that the camera held sideways are seen upright', async () => {
    const upright = await client.search({ image: { encoded: await photo(1) } });
    const sideways = await (await scene({ person: 1, at: [8, 6] })).rotate(-90).withMetadata({ orientation: 6 }).png().toBuffer();
    const turned = await client.search({ image: { encoded: sideways } });
    assert.deepEqual([turned.width, turned.height], [640, 480]);
    assert.deepEqual(turned.faces[0]?.box, upright.faces[0]?.box);
    assert.equal(turned.faces[0]?.matches[0]?.name, 'One');
  });

  it('come as raw pixels too', async () => {
    const data = await (await scene({ person: 1, at: [8, 6] })).removeAlpha().raw().toBuffer();
    const bgr = Buffer.from(data);
    for (let i = 0; i < bgr.length; i += 3) [bgr[i], bgr[i + 2]] = [data[i + 2] ?? 0, data[i] ?? 0];
    for (const raw of [{ format: 'RGB24', data } as const, { format: 'BGR24', data: bgr } as const]) {
      const { faces } = await client.search({ image: { raw: { ...raw, width: 640, height: 480 } } });
      assert.equal(faces[0]?.matches[0]?.name, 'One', raw.format);
    }
  });

  it('of raw pixels are checked against their sizes', async () => {
    const raw = { format: 'RGB24', width: 640, height: 480, data: Buffer.alloc(640 * 480 * 3) } as const;
    const search = (changes: object): Promise<unknown> => client.search({ image: { raw: { ...raw, ...changes } } });
    await refused(search({ stride: 1919 }), 'INVALID_ARGUMENT', 'STRIDE_TOO_SMALL', 'image.raw.stride');
    await refused(search({ stride: 1921 }), 'INVALID_ARGUMENT', 'DATA_TOO_SHORT', 'image.raw.data');
    await refused(search({ width: 0 }), 'INVALID_ARGUMENT', 'EMPTY', 'image.raw.width');
    await refused(search({ format: 'NV12', width: 639 }), 'INVALID_ARGUMENT', 'ODD_SIZE', 'image.raw.width');
    await refused(search({ width: 10_000, height: 10_000 }), 'INVALID_ARGUMENT', 'TOO_MANY_PIXELS', 'image.raw.width');
    await refused(search({ format: 'FORMAT_UNSPECIFIED' }), 'INVALID_ARGUMENT', 'UNKNOWN_VALUE', 'image.raw.format');
    const camera = new Camera(server.stubs()).configure({ framePolicy: 'ALL' });
    camera.send({ frame: { sequence: 1, image: { raw: { ...raw, stride: 1919 } } } });
    camera.frames(await png());
    await camera.finish();
    assert.deepEqual(camera.outcomes, ['UNDECODABLE', 'result']);
    assert.match(camera.answers[0]?.skipped?.detail ?? '', /stride is 1919/);
  });
});
