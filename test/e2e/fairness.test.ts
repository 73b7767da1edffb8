import assert from 'node:assert/strict';
import { join } from 'node:path';
import sharp from 'sharp';
import type { GlimpseClient, IdentifyResponse } from '../../src/client/index.js';
import { MODELS_DIR, ROOT } from '../../src/paths.js';
import { RealServer } from '../support/real-server.js';
import { until } from '../support/wait.js';

const PHOTOGRAPH = join(ROOT, 'node_modules', '@vladmandic', 'face-api', 'demo', 'sample6.jpg');
const FACES = 40;
/** How often the crowded frame is looked at in all. */
const HEAVY_FRAMES = 3;

/** The largest face of a photograph with its surroundings, as a square of that many pixels. */
async function portrait(client: GlimpseClient, side: number): Promise<Buffer> {
  const encoded = await sharp(PHOTOGRAPH).jpeg().toBuffer();
  const { faces } = await client.search({ image: { encoded } });
  const { x, y, width, height } = faces[0]?.box ?? assert.fail('no face in the photograph');
  const half = Math.max(width, height) * 0.75;
  const photograph = await sharp(encoded).metadata();
  const left = Math.max(0, Math.round(x + width / 2 - half));
  const top = Math.max(0, Math.round(y + height / 2 - half));
  const size = { width: Math.min(Math.round(2 * half), photograph.width - left), height: Math.min(Math.round(2 * half), photograph.height - top) };
  return sharp(encoded).extract({ left, top, ...size }).resize(side, side, { fit: 'fill' }).jpeg().toBuffer();
}

async function crowd(face: Buffer, side: number): Promise<Buffer> {
  const columns = 10;
  const tiles = Array.from({ length: FACES }, (_, i) => ({ input: face, left: (i % columns) * side, top: Math.floor(i / columns) * side }));
  const canvas = { create: { width: columns * side, height: (FACES / columns) * side, channels: 3 as const, background: '#808080' } };
  return sharp(canvas).composite(tiles).jpeg().toBuffer();
}

const faceCount = ({ result }: IdentifyResponse): number => result?.faces.length ?? 0;
const work = ({ timing }: IdentifyResponse): number => (timing?.decode ?? 0) + (timing?.detect ?? 0) + (timing?.embed ?? 0);

for (const batching of ['off', 'on'] as const) describe(`one heavy stream and three light ones, batching ${batching}`, function () {
  this.timeout(120_000);
  let server: RealServer;
  let client: GlimpseClient;
  before(async () => {
    server = await RealServer.start({ modelsDir: MODELS_DIR, workers: batching === 'on' ? 4 : 2, batching });
    client = server.connect();
  });
  after(() => server.remove());

  it('share the time: none starves', async () => {
    const face = await portrait(client, 96);
    const pictures = { heavy: await crowd(face, 96), light: await portrait(client, 320) };
    let over = false;
    let ready = 0;

    /** Always has as many frames on their way as the server takes. */
    const heavy = async (): Promise<IdentifyResponse[]> => {
      const answers: IdentifyResponse[] = [];
      const frames = async function* (): AsyncGenerator<{ sequence: number; image: { encoded: Buffer } }> {
        for (let i = 1; i <= HEAVY_FRAMES; i++) yield await Promise.resolve({ sequence: i, image: { encoded: pictures.heavy } });
      };
      for await (const answer of server.connect().identify({ framePolicy: 'ALL' }, frames())) answers.push(answer);
      over = true;
      return answers;
    };

    /** Sends a frame when the one before is answered; begins before the heavy one does. */
    const light = async (): Promise<{ answers: IdentifyResponse[]; waits: number[] }> => {
      const answers: IdentifyResponse[] = [];
      const waits: number[] = [];
      let go: () => void = () => undefined;
      const frames = async function* (): AsyncGenerator<{ sequence: number; image: { encoded: Buffer } }> {
        for (let i = 1; !over; i++) {
          const answered = new Promise<void>((resolve) => (go = resolve));
          yield { sequence: i, image: { encoded: pictures.light } };
          await answered;
        }
      };
      let sent = performance.now();
      for await (const answer of server.connect().identify({ framePolicy: 'LATEST' }, frames())) {
        if (answers.push(answer) === 1) ready += 1;
        waits.push(performance.now() - sent);
        sent = performance.now();
        go();
      }
      return { answers, waits };
    };

    const others = [light(), light(), light()];
    await until(() => ready === others.length, 'the first answer of each');
    const [crowded, ...lights] = await Promise.all([heavy(), ...others]);
    assert.deepEqual(crowded.map(({ sequence }) => sequence), [1, 2, 3]);
    assert.ok(crowded.every((answer) => faceCount(answer) >= FACES * 0.8), crowded.map(faceCount).join());
    const heavyMs = crowded.map(work).reduce((a, b) => a + b, 0) / HEAVY_FRAMES;
    for (const { answers, waits } of lights) {
      assert.ok(answers.every((answer) => faceCount(answer) === 1), answers.map(faceCount).join());
      // By frames they would get one for one; by time, as many as theirs are shorter.
      assert.ok(answers.length >= 3 * HEAVY_FRAMES, `${answers.length} frames beside ${HEAVY_FRAMES} crowded ones`);
      assert.ok(Math.max(...waits) <= 2 * heavyMs, `waited ${Math.max(...waits)} ms; a crowded frame takes ${heavyMs} ms`);
    }
  });
});
