import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportedIdentity, Identity } from '../../src/client/index.js';
import { withFolder } from '../support/folder.js';
import { type FakeServer, startFake } from '../support/server.js';
import { type Finished, glimpse, jsonLines, type RunOptions } from './glimpse.js';

describe('glimpse gallery', () => {
  let fake: FakeServer;
  let ada: Identity;
  beforeEach(async () => {
    fake = await startFake();
    ada = await enrol('Ada', { externalId: 'e-1', tags: ['staff', 'uk'], metadata: { floor: '3' } });
    await enrol('Grace', { tags: ['navy'] });
  });
  afterEach(() => fake.stop());

  const run = (args: readonly string[], options: RunOptions = {}): Promise<Finished> => glimpse(['gallery', ...args], { address: fake.server.address, ...options });
  async function enrol(name: string, more: object = {}): Promise<Identity> {
    const { identity } = await fake.client.enroll({ name, ...more, images: [{ image: { encoded: Buffer.from(name) }, label: `${name}.jpg` }] });
    assert(identity);
    return identity;
  }

  it('lists who is known, by tag and by the beginning of the name', async () => {
    const { code, stdout } = await run(['list']);
    assert.equal(code, 0);
    assert.match(stdout, /^ID +NAME +EXTERNAL ID +FACES +EXPIRES +TAGS\n[0-9a-f-]{36} {2}Ada +e-1 +1 +staff, uk\n[0-9a-f-]{36} {2}Grace +1 +navy\n$/);
    const names = async (...args: string[]): Promise<unknown[]> => jsonLines(await run(['list', '--json', ...args])).map(({ name }) => name);
    assert.deepEqual(await Promise.all([names(), names('--tag', 'navy'), names('--prefix', 'a'), names('--collection', 'other')]), [['Ada', 'Grace'], ['Grace'], ['Ada'], []]);
  });

  it('shows one identity by id or external id', async () => {
    for (const who of [ada.id, 'e-1']) {
      const { code, stdout } = await run(['show', who]);
      assert.equal(code, 0);
      assert.match(stdout, /^name +Ada\nid +.*\nexternal id +e-1\ncollection +default\ntags +staff, uk\n {2}floor +3\n/);
      assert.match(stdout, /Ada\.jpg {2}quality 0\.80/);
    }
    const [shown] = jsonLines<{ createdAt: string; faces: unknown[] }>(await run(['show', 'e-1', '--json']));
    assert.match(shown?.createdAt ?? '', /^\d{4}-\d\d-\d\dT.*Z$/);
    assert.equal(shown?.faces.length, 1);
  });

  it('ends with 1 and says so when nobody has that id', async () => {
    for (const who of ['nobody', '01234567-89ab-7cde-8f01-23456789abcd']) {
      const { code, stderr } = await run(['show', who]);
      assert.equal(code, 1);
      assert.match(stderr, /^glimpse: .+\n {2}.+/);
    }
  });

  it('renames', async () => {
    const { code, stdout } = await run(['rename', 'e-1', 'Ada Lovelace']);
    assert.deepEqual([code, stdout], [0, 'Ada is now Ada Lovelace\n']);
    assert.equal((await fake.client.getIdentity({ id: ada.id })).name, 'Ada Lovelace');
    assert.deepEqual(jsonLines(await run(['rename', 'e-1', 'Countess', '--json'])).map(({ name }) => name), ['Countess']);
  });

  it('adds, removes and replaces tags', async () => {
    assert.equal((await run(['tag', 'e-1', '--add', 'vip', '--add', 'uk', '--remove', 'staff'])).stdout, 'Ada: uk, vip\n');
    assert.deepEqual(jsonLines(await run(['tag', 'e-1', '--set', 'one', '--json'])).map(({ tags }) => tags), [['one']]);
    assert.equal((await run(['tag', 'e-1'])).code, 2);
    assert.equal((await run(['tag', 'e-1', '--set', 'a', '--add', 'b'])).code, 2);
  });

  it('shows, changes and takes back what allows somebody to be kept', async () => {
    const consent = (...args: string[]): Promise<Finished> => run(['consent', 'e-1', ...args]);
    assert.equal((await consent()).stdout, 'name  Ada\n');
    const said = await consent('--legal-basis', 'consent', '--consent-reference', 'HR-1', '--expires', '2999-01-01');
    assert.equal(said.stdout, 'name         Ada\nlegal basis  consent\nconsent      HR-1\nexpires      2999-01-01T00:00:00.000Z\n');
    const [kept] = jsonLines<{ consent: object }>(await consent('--purpose', 'the door', '--json'));
    assert.deepEqual(kept?.consent, { legalBasis: 'consent', purpose: 'the door', reference: 'HR-1', expiresAt: '2999-01-01T00:00:00.000Z' });
    assert.match((await run(['show', 'e-1'])).stdout, /^expires +2999-01-01T/m);
    assert.match((await run(['list'])).stdout, /Ada +e-1 +1 +2999-01-01 +staff/);
    assert.doesNotMatch((await consent('--expires', 'never')).stdout, /expires/);
    assert.equal((await consent('--clear')).stdout, 'name  Ada\n');
    for (const wrong of [['--expires', 'soon'], ['--expires', '2030-01-01T12:00'], ['--clear', '--purpose', 'x']]) assert.equal((await consent(...wrong)).code, 2);
    assert.match((await consent('--expires', '2001-01-01')).stderr, /has passed.*\(consent\.expires_at\)\n/);
  });

  it('carries consent through an export and an import', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'backup.ndjson');
      await run(['consent', 'e-1', '--purpose', 'the door', '--expires', '90d']);
      const before = await fake.client.getIdentity({ externalId: 'e-1' });
      await run(['export', file]);
      assert.equal((await run(['import', file, '--collection', 'copy', '--on-conflict', 'replace'])).code, 0);
      const after = await fake.client.getIdentity({ externalId: 'e-1', collection: 'copy' });
      assert.deepEqual(after.consent, before.consent);
      assert.ok(Math.abs((after.consent?.expiresAt?.seconds ?? 0) - Date.now() / 1000 - 90 * 86_400) < 60);
      assert.equal((await run(['import', file, '--expires', '1d'])).code, 2);
    }));

  it('deletes only with a yes, and nobody when one of the names is wrong', async () => {
    const unasked = await run(['delete', 'e-1']);
    assert.equal(unasked.code, 2);
    assert.match(unasked.stderr, /--yes/);
    assert.equal((await run(['delete', 'e-1', 'nobody', '--yes'])).code, 1);
    assert.equal((await fake.client.stats()).identities, 2);
    assert.deepEqual(await run(['delete', 'e-1', '--yes']), { code: 0, stdout: 'deleted Ada, 1 face\n', stderr: '' });
    const [grace] = (await fake.client.listIdentities({})).identities;
    assert.deepEqual(jsonLines(await run(['delete', grace?.id ?? '', '--yes', '--json'])), [{ id: grace?.id, name: 'Grace', facesDeleted: 1 }]);
  });

  it('exports what it can import again, embeddings and all', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'backup.ndjson');
      const { code, stdout } = await run(['export', file]);
      assert.deepEqual([code, stdout], [0, `exported 2 identities to ${file}\n`]);
      const before = await exported();
      await run(['delete', 'e-1', '--yes']);
      assert.equal((await run(['import', file])).stdout, '1 identity imported, 0 replaced, 1 there already, 0 refused\n');
      assert.deepEqual(await exported(), before);
      const replaced = jsonLines(await run(['import', file, '--on-conflict', 'replace', '--json']));
      assert.deepEqual(replaced.map(({ record, outcome }) => [record, outcome]), [[1, 'REPLACED'], [2, 'REPLACED']]);
    }));

  async function exported(): Promise<ExportedIdentity[]> {
    const records: ExportedIdentity[] = [];
    for await (const record of fake.client.export()) records.push(record);
    return records.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  it('exports to standard output and imports from standard input', async () => {
    const { stdout, stderr } = await run(['export']);
    const records = stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as { name: string; faces: { embedding: string }[] });
    assert.deepEqual(records.map(({ name, faces }) => [name, Buffer.from(faces[0]?.embedding ?? '', 'base64').length]).sort(), [['Ada', 1024], ['Grace', 1024]]);
    assert.equal(stderr, 'exported 2 identities\n');
    const { code } = await run(['import', '-', '--collection', 'copy'], { input: stdout.replaceAll(/"id":"[^"]*",/g, '') });
    assert.equal(code, 0);
    assert.equal((await fake.client.stats({ collection: 'copy' })).identities, 2);
  });

  it('leaves no file behind when an export fails', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'missing', 'backup.ndjson');
      assert.equal((await run(['export', file])).code, 1);
      await assert.rejects(readFile(`${file}.part`), { code: 'ENOENT' });
    }));

  it('ends with 3 when the server refuses a record, with 1 and the line when a line is no record', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'mixed.ndjson');
      await writeFile(file, '{"name":"Alan","faces":[]}\n\n{"name":"Eve","faces":[{"embedding":"AAAA"}],"network":"fake-network"}\n');
      const mixed = await run(['import', file]);
      assert.equal(mixed.code, 3);
      assert.match(mixed.stdout, /^record 2 refused: .*BAD_EMBEDDING|^record 2 refused: .*bytes/);
      for (const [line, complaint] of [['{"name":', /line 1: .*JSON/], ['{"faces":3}', /faces has to be a list/], ['[]', /JSON object/], ['{"faces":[{}]}', /base64/], ['{"faces":[],"createdAt":"soon"}', /ISO 8601/]] as const) {
        await writeFile(file, `${line}\n`);
        const { code, stderr } = await run(['import', file]);
        assert.equal(code, 1);
        assert.match(stderr, complaint);
      }
      assert.equal((await run(['import', join(folder, 'nothing.ndjson')])).code, 2);
    }));

  it('imports a table with pictures by enrolling them', () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'alan.jpg'), 'alan');
      await writeFile(join(folder, 'people.csv'), 'file,name,external_id,tags\nalan.jpg,Alan,e-7,maths\n');
      const { code, stdout } = await run(['import', join(folder, 'people.csv')]);
      assert.equal(code, 0, stdout);
      assert.deepEqual((await fake.client.getIdentity({ externalId: 'e-7' })).tags, ['maths']);
      await writeFile(join(folder, 'elsewhere.csv'), 'file,name\nalan.jpg,Alan the second\n');
      assert.equal((await run(['import', join(folder, 'elsewhere.csv'), '--images', folder, '--allow-lookalike'])).code, 0);
    }));

  it('counts', async () => {
    const { code, stdout } = await run(['stats']);
    assert.equal(code, 0);
    assert.match(stdout, /^collection +default\nidentities +2\nfaces +2\b/);
    assert.deepEqual(jsonLines(await run(['stats', '--json'])).map(({ identities, faces }) => [identities, faces]), [[2, 2]]);
  });
});

describe('glimpse gallery behind tokens', () => {
  it('ends with 5 without a token and with one whose role is too weak', async () => {
    const fake = await startFake({ config: { requireTokens: true }, tokens: { weak: { id: '1', role: 'identify', name: 'gate' }, strong: { id: '2', role: 'enrol', name: 'desk' } } });
    try {
      const run = (token: string): Promise<Finished> => glimpse(['gallery', 'list'], { address: fake.server.address, env: token === '' ? {} : { GLIMPSE_TOKEN: token } });
      assert.deepEqual((await Promise.all(['', 'wrong', 'weak', 'strong'].map(run))).map(({ code }) => code), [5, 5, 5, 0]);
    } finally {
      await fake.stop();
    }
  });
});
