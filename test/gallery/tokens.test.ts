import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTokens } from '../../src/gallery/tokens.js';
import { Folder, refusal } from './support.js';

describe('gallery: tokens', () => {
  let folder: Folder;
  beforeEach(() => { folder = new Folder(); });
  afterEach(() => folder.remove());

  it('knows the bearer of a secret, and nobody else', () => {
    const tokens = openTokens(folder.dir);
    const { id, secret } = tokens.create('enrol', 'front desk');
    assert.match(secret, /^glimpse_[\w-]{43}$/);
    assert.deepEqual(tokens.verify(secret), { id, role: 'enrol', name: 'front desk' });
    for (const wrong of ['', 'glimpse_', `${secret}x`, secret.slice(8), `glimpse_${'A'.repeat(43)}`]) assert.equal(tokens.verify(wrong), undefined);
    tokens.close();
  });

  it('sees at once what another connection created and revoked, beside an open gallery', async () => {
    await folder.open();
    const [server, offline] = [openTokens(folder.dir), openTokens(folder.dir)];
    const { id, secret } = offline.create('admin', 'ops');
    assert.equal(server.verify(secret)?.role, 'admin');
    offline.revoke(id);
    assert.equal(server.verify(secret), undefined);
    assert.ok(server.list()[0]?.revokedAt instanceof Date);
    assert.throws(() => { offline.revoke('nobody'); }, refusal('notFound', 'TOKEN_NOT_FOUND'));
    server.close();
    offline.close();
  });

  it('stores no secret', () => {
    const tokens = openTokens(folder.dir);
    const { secret } = tokens.create('identify', 'camera');
    const files = readdirSync(folder.dir).map((name) => readFileSync(join(folder.dir, name)));
    assert.ok(files.some((bytes) => bytes.includes('camera')));
    assert.ok(!files.some((bytes) => bytes.includes(secret.slice(8))));
    tokens.close();
  });
});
