import assert from 'node:assert/strict';
import { GlimpseError } from '../../src/errors.js';
import { makeCertificates } from '../support/certificates.js';
import { embeddingFor } from '../support/fake-vision.js';
import { Camera } from '../support/identify.js';
import { refused } from '../support/refused.js';
import { type FakeOptions, type FakeServer, startFake } from '../support/server.js';

const picture = (text: string): { image: { encoded: Buffer } } => ({ image: { encoded: Buffer.from(text) } });

describe('what the audit is told of answers', () => {
  let fake: FakeServer;
  let alice: string;
  let bob: string;
  async function start(options: FakeOptions = {}): Promise<void> {
    fake = await startFake(options);
    const enrol = async (name: string): Promise<string> => (await fake.client.enroll({ name, images: [picture(name)] })).identity?.id ?? '';
    [alice, bob] = [await enrol('alice'), await enrol('bob')];
  }
  afterEach(() => fake.stop());

  const told = (): unknown[] => fake.gallery.notes.map(({ call, identities, times }) => [call, identities, times]);

  it('whom a search named, and nobody else', async () => {
    await start();
    await fake.client.search(picture('stranger'));
    assert.deepEqual(told(), []);
    await fake.client.search(picture('alice stranger bob'));
    await fake.client.search({ embedding: { values: Array.from(embeddingFor('bob')) } });
    assert.deepEqual(told(), [['Search', [alice, bob], undefined], ['Search', [bob], undefined]]);
  });

  it('whom a search gives away although its threshold was set too high to name anybody', async () => {
    await start();
    const { faces } = await fake.client.search({ embedding: { values: Array.from(embeddingFor('bob'), (x, i) => x + (i === 0 ? 0.2 : 0)) }, threshold: 1 });
    assert.equal(faces[0]?.decision?.kind, 'UNKNOWN');
    assert.deepEqual(told(), [['Search', [bob], undefined]]);
  });

  it('whom an enrolment was found to look like', async () => {
    await start();
    await fake.client.enroll({ name: 'Twin', images: [picture('alice')] });
    assert.deepEqual(told(), [['LooksLike', [alice], undefined]]);
  });

  it('each person of a stream once, and at its end how often they came again', async () => {
    await start();
    const camera = new Camera(fake.stubs).configure({ framePolicy: 'ALL' }).frames('alice', 'alice bob', '', 'alice', 'stranger');
    await camera.answered(5);
    assert.deepEqual(told(), [['Identify', [alice], 1], ['Identify', [bob], 1]]);
    await camera.finish();
    assert.deepEqual(told().slice(2), [['Identify', [alice], 2]]);
    const other = new Camera(fake.stubs).configure().frames('bob');
    await other.finish();
    assert.deepEqual(told().slice(3), [['Identify', [bob], 1]]);
  });

  it('before anybody is named: an answer that cannot be told of is not given', async () => {
    await start();
    fake.gallery.beforeNote = () => Promise.reject(new GlimpseError('unavailable', 'the disk of the gallery is full', { reason: 'DISK_FULL', cure: 'free space' }));
    await refused(fake.client.search(picture('alice')), 'UNAVAILABLE', 'DISK_FULL');
    assert.equal((await fake.client.search(picture('stranger'))).faces.length, 1);
    const camera = new Camera(fake.stubs).configure({ framePolicy: 'ALL' }).frames('stranger', 'alice');
    assert.equal((await camera.status())?.reason, 'DISK_FULL');
    assert.deepEqual(camera.outcomes, ['result']);
  });

  it('who asked: from this machine', async () => {
    await start();
    await fake.client.search(picture('alice'));
    const { actor, peer, request } = fake.gallery.callers.at(-1) ?? assert.fail();
    assert.equal(actor, 'loopback');
    assert.match(peer, /^127\.0\.0\.1:\d+$/);
    const ended = fake.log.map((line) => JSON.parse(line) as { request?: string; path?: string }).filter((line) => line.request === request);
    assert.deepEqual(ended.map(({ path }) => path), ['/glimpse.v1.Recognition/Search']);
  });

  it('who asked: by token', async () => {
    await start({ config: { requireTokens: true }, tokens: { secret: { id: 't-7', role: 'admin', name: 'gate' } }, client: { token: 'secret' } });
    await fake.client.search(picture('alice'));
    assert.equal(fake.gallery.callers.at(-1)?.actor, 'token:t-7');
  });

  it('who asked: by certificate', async () => {
    const files = await makeCertificates();
    try {
      const config = { tlsCert: files.serverCert, tlsKey: files.serverKey, tlsClientCa: files.ca };
      await start({ config, client: { tlsCa: files.ca, tlsCert: files.clientCert, tlsKey: files.clientKey } });
      await fake.client.search(picture('alice'));
      assert.equal(fake.gallery.callers.at(-1)?.actor, 'certificate:client');
    } finally {
      await files.remove();
    }
  });

  it('who changes what: each call says on whose behalf', async () => {
    await start();
    const before = fake.gallery.callers.length;
    await fake.client.updateIdentity({ id: alice, name: 'A' });
    await fake.client.deleteIdentity({ id: alice });
    for await (const record of fake.client.export()) assert.ok(record.id);
    for await (const answer of fake.client.import({}, [])) assert.fail(answer.id);
    const callers = fake.gallery.callers.slice(before);
    assert.deepEqual(callers.map(({ actor }) => actor), Array(4).fill('loopback'));
    assert.equal(new Set(callers.map(({ request }) => request)).size, 4);
  });
});
