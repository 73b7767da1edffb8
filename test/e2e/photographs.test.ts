import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Face } from '../../src/client/index.js';
import { MODELS_DIR, ROOT } from '../../src/paths.js';
import { Camera } from '../support/identify.js';
import { RealServer } from '../support/real-server.js';

/** A photograph of a group that a development dependency brings along. */
const photograph = (n: number): Promise<Buffer> => readFile(join(ROOT, 'node_modules', '@vladmandic', 'face-api', 'demo', `sample${n}.jpg`));
const centre = (face: Face): [number, number] => {
  const { x = 0, y = 0, width = 0, height = 0 } = face.box ?? {};
  return [x + width / 2, y + height / 2];
};

describe('photographs of people, with the networks that are shipped', function () {
  this.timeout(120_000);
  let server: RealServer;
  before(async () => (server = await RealServer.start({ modelsDir: MODELS_DIR })));
  after(() => server.remove());

  it('are enrolled by box, and each person is found again in her own place only', async () => {
    const client = server.connect();
    const picture = await photograph(1);
    const { faces, width } = await client.search({ image: { encoded: picture } });
    const enrolled = new Map<string, Face>();
    for (const face of faces.slice(0, 4)) {
      const { identity } = await client.enroll({ name: `person ${enrolled.size + 1}`, which: { box: face.box }, images: [{ image: { encoded: picture } }] });
      if (identity) enrolled.set(identity.id, face);
    }
    assert.ok(enrolled.size >= 2, `${enrolled.size} of ${faces.length} faces were enrolled`);

    // What a camera would make of the same scene: smaller, darker and pressed hard.
    const scale = 0.75;
    const seen = await sharp(picture).resize({ width: Math.round(width * scale) }).modulate({ brightness: 0.8 }).jpeg({ quality: 60 }).toBuffer();
    const camera = new Camera(server.stubs()).configure({ framePolicy: 'ALL' }).frames(seen);
    await camera.finish();
    const known = camera.answers[0]?.result?.faces.filter(({ decision }) => decision?.kind === 'KNOWN') ?? [];
    assert.ok(known.length >= enrolled.size - 1, `${known.length} of ${enrolled.size} people were recognised`);
    for (const face of known) {
      const original = enrolled.get(face.matches[0]?.identityId ?? '') ?? assert.fail();
      const [[x, y], [wasX, wasY]] = [centre(face), centre(original)];
      assert.ok(Math.hypot(x / scale - wasX, y / scale - wasY) < (original.box?.width ?? 0) / 2, face.matches[0]?.name);
    }
  });
});
