import assert from 'node:assert/strict';
import { connect } from '../../src/client/index.js';
import { GlimpseError } from '../../src/errors.js';
import type { Principal } from '../../src/server/roles.js';
import { startServer } from '../../src/server/serve.js';
import { type Certificates, makeCertificates } from '../support/certificates.js';
import { FakeGallery } from '../support/fake-gallery.js';
import { FakeVision } from '../support/fake-vision.js';
import { Camera } from '../support/identify.js';
import { refused } from '../support/refused.js';
import { capturing, type FakeServer, fakeRooms, startFake, testConfig } from '../support/server.js';

const person = (role: Principal['role']): Principal => ({ id: `id-${role}`, role, name: role });
const TOKENS = { 'secret-i': person('identify'), 'secret-e': person('enrol'), 'secret-a': person('admin') };
const picture = { encoded: Buffer.from('alice') };

describe('bearer tokens', () => {
  let fake: FakeServer;
  before(async () => (fake = await startFake({ config: { requireTokens: true }, tokens: TOKENS })));
  after(() => fake.stop());

  it('are asked for', async () => {
    await refused(fake.client.stats(), 'UNAUTHENTICATED', 'NO_TOKEN', 'authorization');
    assert.equal((await new Camera(fake.stubs).status())?.reason, 'NO_TOKEN');
  });

  it('have to be known', async () => {
    await refused(fake.connect({ token: 'guessed' }).stats(), 'UNAUTHENTICATED', 'BAD_TOKEN');
  });

  it('let identify look, but not at the gallery', async () => {
    const client = fake.connect({ token: 'secret-i' });
    await client.search({ image: picture });
    await client.verify({ a: picture, b: picture });
    await refused(client.enroll({ name: 'A', images: [{ image: picture }] }), 'PERMISSION_DENIED', 'ROLE_TOO_WEAK');
    await refused(client.listIdentities({}), 'PERMISSION_DENIED', 'ROLE_TOO_WEAK');
  });

  it('let enrol add and change, but not delete or take along', async () => {
    const client = fake.connect({ token: 'secret-e' });
    const { identity } = await client.enroll({ name: 'A', images: [{ image: picture }] });
    const id = identity?.id ?? '';
    await client.updateIdentity({ id, name: 'B' });
    await client.search({ image: picture });
    await client.stats();
    await refused(client.deleteIdentity({ id }), 'PERMISSION_DENIED', 'ROLE_TOO_WEAK');
    await refused(client.export().next(), 'PERMISSION_DENIED', 'ROLE_TOO_WEAK');
    await refused(client.import({}, []).next(), 'PERMISSION_DENIED', 'ROLE_TOO_WEAK');
  });

  it('let admin do everything', async () => {
    const client = fake.connect({ token: 'secret-a' });
    for await (const { id } of client.export()) await client.deleteIdentity({ id });
    assert.equal((await client.stats()).identities, 0);
  });

  it('stop a call before its message is read', async () => {
    const before = fake.vision.started.length;
    await refused(fake.client.search({ image: { encoded: Buffer.alloc(10_000_000) } }), 'UNAUTHENTICATED', 'NO_TOKEN');
    assert.equal(fake.vision.started.length, before);
  });

  it('never reach the log', () => {
    assert.ok(fake.log.length > 0);
    assert.ok(fake.log.every((line) => !line.includes('secret-')));
  });
});

describe('TLS', () => {
  let files: Certificates;
  before(async () => (files = await makeCertificates()));
  after(() => files.remove());

  it('serves those who trust its authority, and no plain text', async () => {
    const fake = await startFake({ config: { tlsCert: files.serverCert, tlsKey: files.serverKey }, client: { tlsCa: files.ca } });
    try {
      assert.equal((await fake.client.stats()).identities, 0);
      const plain = connect({ address: `127.0.0.1:${fake.server.port}` });
      await assert.rejects(plain.stats({}, { timeoutMs: 2000 }), { code: 'UNAVAILABLE' });
      plain.close();
    } finally {
      await fake.stop();
    }
  });

  it('asks for a client certificate when an authority for them is set', async () => {
    const config = { tlsCert: files.serverCert, tlsKey: files.serverKey, tlsClientCa: files.ca };
    const fake = await startFake({ config, client: { tlsCa: files.ca, tlsCert: files.clientCert, tlsKey: files.clientKey } });
    try {
      assert.equal((await fake.client.stats()).identities, 0);
      const without = connect({ address: `localhost:${fake.server.port}`, tlsCa: files.ca });
      await assert.rejects(without.stats({}, { timeoutMs: 2000 }), { code: 'UNAVAILABLE' });
      without.close();
    } finally {
      await fake.stop();
    }
  });

  it('lets other machines in only with tokens', async () => {
    const config = { host: '0.0.0.0', tlsCert: files.serverCert, tlsKey: files.serverKey };
    const fake = await startFake({ config, tokens: TOKENS, client: { tlsCa: files.ca } });
    try {
      await refused(fake.client.stats(), 'UNAUTHENTICATED', 'NO_TOKEN');
      assert.equal((await fake.connect({ tlsCa: files.ca, token: 'secret-a' }).stats()).identities, 0);
    } finally {
      await fake.stop();
    }
  });
});

describe('a server that other machines could reach', () => {
  const start = async (changes: Parameters<typeof testConfig>[0]): Promise<unknown> => {
    const vision = new FakeVision();
    const server = await startServer(testConfig(changes), capturing([]), fakeRooms(vision, new FakeGallery()));
    await server.close();
    return server;
  };

  it('does not start without TLS', async () => {
    await assert.rejects(start({ host: '0.0.0.0' }), (error: GlimpseError) => error.detail.reason === 'INSECURE' && error.detail.cure.includes('--tls-cert'));
    await assert.rejects(start({ host: '::' }), GlimpseError);
    await assert.rejects(start({ host: '192.0.2.1', requireTokens: true }), GlimpseError);
  });

  it('starts without when the operator insists', async () => {
    await start({ host: '0.0.0.0', insecure: true });
  });

  it('names what is missing or wrong', async () => {
    const reason = (wanted: string) => (error: GlimpseError): boolean => error.detail.reason === wanted;
    await assert.rejects(start({ tlsCert: 'cert.pem' }), reason('HALF_TLS'));
    await assert.rejects(start({ tlsClientCa: 'ca.pem' }), reason('HALF_TLS'));
    await assert.rejects(start({ tlsCert: '/nowhere/cert.pem', tlsKey: '/nowhere/key.pem' }), reason('UNREADABLE'));
    await assert.rejects(start({ tlsCert: import.meta.filename, tlsKey: import.meta.filename }), reason('BAD_CERTIFICATE'));
  });
});
