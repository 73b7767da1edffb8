import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { writeCalibration } from '../../src/calibration/file.js';
import type { GlimpseClient, IdentifyResponse } from '../../src/client/index.js';
import type { GlimpseError } from '../../src/errors.js';
import { openTokens } from '../../src/gallery/tokens.js';
import { fingerprint } from '../../src/runtime/fingerprint.js';
import { startServer } from '../../src/server/serve.js';
import { bucket, MADE } from '../support/bucket.js';
import { withFolder } from '../support/folder.js';
import { healthOf } from '../support/health.js';
import { Camera } from '../support/identify.js';
import { photo, png } from '../support/people.js';
import { RealServer, TINY_NETWORKS } from '../support/real-server.js';
import { refused } from '../support/refused.js';
import { capturing } from '../support/server.js';
import { until } from '../support/wait.js';

const [ANN, BEN, STRANGER] = [1, 2, 3];

describe('the whole server', function () {
  this.timeout(120_000);
  let server: RealServer;
  let client: GlimpseClient;
  beforeEach(async () => {
    server = await RealServer.start();
    client = server.connect();
  });
  afterEach(() => server.remove());

  const enrol = async (name: string, ...people: number[]): Promise<string> => {
    const images = await Promise.all(people.map(async (person) => ({ image: { encoded: await photo(person) } })));
    const { identity, images: outcomes } = await client.enroll({ name, images, externalId: name });
    assert.ok(outcomes.every(({ kept }) => kept), JSON.stringify(outcomes));
    return identity?.id ?? assert.fail();
  };

  it('enrols people and recognises them in a stream, in order, under both policies', async () => {
    await enrol('Ann', ANN);
    await enrol('Ben', BEN);
    const crowd = await png({ person: ANN, at: [3, 4] }, { person: STRANGER, at: [9, 9] }, { person: BEN, at: [15, 4] });
    for (const framePolicy of ['ALL', 'LATEST'] as const) {
      const frames = Array.from({ length: 20 }, (_, i) => ({ sequence: i + 1, image: { encoded: crowd } }));
      const answers: IdentifyResponse[] = [];
      for await (const answer of client.identify({ framePolicy, wantCrops: true }, frames)) answers.push(answer);
      assert.deepEqual(answers.map(({ sequence }) => sequence), frames.map(({ sequence }) => sequence));
      const looked = answers.filter(({ result }) => result);
      assert.ok(framePolicy === 'ALL' ? looked.length === 20 : looked.length >= 1);
      assert.ok(answers.at(-1)?.result, 'the newest frame is always looked at');
      for (const { result } of looked) {
        const known = result?.faces.filter(({ decision }) => decision?.kind === 'KNOWN').map(({ matches }) => matches[0]?.name);
        assert.deepEqual(known?.sort(), ['Ann', 'Ben']);
        assert.equal(result?.faces.length, 3);
        assert.ok(result.faces.every(({ crop, importance }) => crop.length > 0 && importance.length === 2));
      }
    }
  });

  it('refuses a face that belongs to somebody else, unless told otherwise', async () => {
    const ann = await enrol('Ann', ANN);
    const twin = { name: 'Twin', images: [{ image: { encoded: await photo(ANN) } }] };
    const refusal = (await client.enroll(twin)).images[0]?.rejected;
    assert.deepEqual([refusal?.reason, refusal?.looksLike?.identityId], ['LOOKS_LIKE', ann]);
    assert.ok((refusal?.measured ?? 0) > (refusal?.limit ?? 1));
    assert.equal((await client.enroll({ ...twin, allowLookalike: true })).created, true);
  });

  it('remembers request ids and refuses to reuse one', async () => {
    const request = { requestId: 'r-1', name: 'Ann', images: [{ image: { encoded: await photo(ANN) } }] };
    const first = await client.enroll(request);
    const again = await client.enroll(request);
    assert.deepEqual([again.identity?.id, again.images[0]?.kept?.faceId], [first.identity?.id, first.images[0]?.kept?.faceId]);
    await refused(client.enroll({ ...request, name: 'Other' }), 'ALREADY_EXISTS', 'REQUEST_ID_REUSED', 'request_id');
    assert.equal((await client.stats()).identities, 1);
  });

  it('verifies, searches by embedding, edits, moves, deletes', async () => {
    const [a, b] = [{ encoded: await photo(ANN) }, { encoded: await photo(BEN) }];
    assert.equal((await client.verify({ a, b: a })).same, true);
    assert.equal((await client.verify({ a, b })).same, false);
    await refused(client.verify({ a, b: { encoded: await png() } }), 'FAILED_PRECONDITION', 'NO_FACE', 'b');

    const [ann, ben] = [await enrol('Ann', ANN), await enrol('Ben', BEN)];
    const record = (await all(client.export())).find(({ id }) => id === ann);
    const bytes = record?.faces[0]?.embedding ?? assert.fail();
    const values = Array.from({ length: 256 }, (_, i) => bytes.readFloatLE(i * 4));
    assert.equal((await client.search({ embedding: { values, network: record?.network ?? '' } })).faces[0]?.matches[0]?.identityId, ann);

    await client.updateIdentity({ id: ann, name: 'Anna', tags: { tags: ['vip'] } });
    assert.deepEqual((await client.listIdentities({ tag: 'vip', namePrefix: 'ann' })).identities.map(({ id }) => id), [ann]);
    assert.equal((await client.getIdentity({ externalId: 'Ann' })).name, 'Anna');
    await refused(client.updateIdentity({ id: ben, externalId: 'Ann' }), 'ALREADY_EXISTS', 'EXTERNAL_ID_TAKEN', 'external_id');

    const moved = await client.moveFace({ faceId: record?.faces[0]?.id ?? '', toIdentityId: ben });
    assert.deepEqual([moved.from?.faces.length, moved.to?.faces.length], [0, 2]);
    await client.deleteFace({ faceId: record?.faces[0]?.id ?? '' });
    assert.equal((await client.deleteIdentity({ id: ben })).facesDeleted, 1);
    for (const call of [() => client.getIdentity({ id: ben }), () => client.deleteIdentity({ id: ben }), () => client.updateIdentity({ id: ben, name: 'x' })]) {
      await refused(call(), 'NOT_FOUND', 'IDENTITY_NOT_FOUND');
    }
    await refused(client.deleteFace({ faceId: 'gone' }), 'NOT_FOUND', 'FACE_NOT_FOUND');
    const { faces } = await client.search({ image: b });
    assert.equal(faces[0]?.decision?.kind, 'UNKNOWN');
  });

  it('takes a gallery out and into another collection', async () => {
    await enrol('Ann', ANN);
    await enrol('Ben', BEN);
    const records = (await all(client.export())).map((record) => ({ ...record, id: '', faces: record.faces.map((face) => ({ ...face, id: '' })) }));
    const answers = await all(client.import({ collection: 'copy' }, [...records, { name: 'Wrong', network: 'other', faces: [{}] }]));
    assert.deepEqual(answers.map(({ record, outcome }) => [record, outcome]), [[1, 'IMPORTED'], [2, 'IMPORTED'], [3, 'REFUSED']]);
    const found = await client.search({ collection: 'copy', image: { encoded: await photo(BEN) } });
    assert.equal(found.faces[0]?.matches[0]?.name, 'Ben');
    assert.deepEqual((await client.stats()).collections, ['copy', 'default']);
  });

  it('knows everybody again after it was stopped and started', async () => {
    const ann = await enrol('Ann', ANN);
    await server.down();
    await server.up();
    client = server.connect();
    assert.equal(await healthOf(server.port), 'SERVING');
    const { faces } = await client.search({ image: { encoded: await photo(ANN) } });
    assert.equal(faces[0]?.matches[0]?.identityId, ann);
  });

  it('keeps a second server away from its data', async () => {
    const second = startServer(server.config, capturing([]));
    await assert.rejects(second, (error: GlimpseError) => error.detail.reason === 'GALLERY_IN_USE');
    assert.equal((await client.stats()).identities, 0);
  });

  it('carries on when a client vanishes in the middle of a frame', async () => {
    const large = await png({ person: ANN, at: [8, 6] });
    for (let i = 0; i < 5; i++) {
      const camera = new Camera(server.stubs()).configure({ framePolicy: 'ALL' }).frames(...Array<Buffer>(30).fill(large));
      await camera.answered(1);
      camera.call.cancel();
    }
    await until(() => server.log.filter((line) => line.includes('stream closed')).length === 5);
    const camera = new Camera(server.stubs()).configure({ framePolicy: 'ALL' }).frames(large, large);
    await camera.finish();
    assert.deepEqual(camera.outcomes, ['result', 'result']);
  });

  it('ends a call whose deadline passes', async () => {
    const images = await Promise.all(Array.from({ length: 16 }, async () => ({ image: { encoded: await photo(ANN) } })));
    await assert.rejects(client.enroll({ name: 'Late', images }, { timeoutMs: 1 }), { code: 'DEADLINE_EXCEEDED' });
  });

  it('tells the log neither names nor what a face looks like', async () => {
    await enrol('Ann-Unmistakable', ANN);
    await client.search({ image: { encoded: await photo(ANN) } });
    await refused(client.updateIdentity({ id: 'x', name: 'Ben-Unmistakable' }), 'NOT_FOUND', 'IDENTITY_NOT_FOUND');
    assert.ok(server.log.length > 0);
    assert.ok(server.log.every((line) => !line.includes('Unmistakable') && !line.includes('embedding')));
  });
});

describe('tokens on disk', function () {
  this.timeout(60_000);

  it('open the doors of their role until they are revoked', async () => {
    const server = await RealServer.start({ requireTokens: true });
    const tokens = openTokens(server.dataDir);
    try {
      assert.ok(server.log.some((line) => line.includes('no token opens this server yet')));
      const { id, secret } = tokens.create('identify', 'camera at the door');
      const image = { encoded: await photo(ANN) };
      await refused(server.connect().search({ image }), 'UNAUTHENTICATED', 'NO_TOKEN');
      const client = server.connect({ token: secret });
      await client.search({ image });
      await refused(client.stats(), 'PERMISSION_DENIED', 'ROLE_TOO_WEAK');
      tokens.revoke(id);
      await refused(client.search({ image }), 'UNAUTHENTICATED', 'BAD_TOKEN');
      assert.ok(server.log.every((line) => !line.includes(secret)));
    } finally {
      tokens.close();
      await server.remove();
    }
  });
});

async function all<T>(sequence: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of sequence) items.push(item);
  return items;
}

describe('a calibration', () => {
  it('of another detector is warned of at the start', () =>
    withFolder(async (modelsDir) => {
      await cp(TINY_NETWORKS, modelsDir, { recursive: true });
      const { embedder } = await fingerprint(modelsDir);
      await writeCalibration(join(modelsDir, 'embedder.json'), { embedder, detector: 'ab'.repeat(32), prior: 0.5, buckets: [bucket(0, 1)] }, MADE);
      const server = await RealServer.start({ modelsDir });
      try {
        assert.ok(server.log.some((line) => line.includes('thresholds were measured with another detector')));
      } finally {
        await server.remove();
      }
    }));
});
