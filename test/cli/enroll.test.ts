import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PersonOutcome } from '../../src/cli/enrol-person.js';
import { withFolder } from '../support/folder.js';
import { type FakeServer, startFake } from '../support/server.js';
import { type Finished, glimpse, jsonLines } from './glimpse.js';

describe('glimpse enroll', () => {
  let fake: FakeServer;
  before(async () => {
    fake = await startFake();
  });
  after(() => fake.stop());

  const run = (...args: string[]): Promise<Finished> => glimpse(['enroll', ...args], { address: fake.server.address });
  /** A picture that the fake vision reads: it shows whom it names. */
  const picture = async (folder: string, name: string, shows: string): Promise<string> => {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), shows);
    return join(folder, name);
  };

  it('enrols one person from several pictures and tells of each', () =>
    withFolder(async (folder) => {
      const files = [await picture(folder, 'a1.jpg', 'ada'), await picture(folder, 'a2.png', ''), await picture(folder, 'a3.webp', '!truncated')];
      const { code, stdout } = await run('--name', 'Ada', '--tag', 'staff', '--meta', 'floor=3', ...files);
      assert.equal(code, 3);
      const [head, kept, nobody, broken] = stdout.split('\n');
      assert.match(head ?? '', /^Ada: enrolled [0-9a-f-]{36}, 1 of 3 pictures kept$/);
      assert.match(kept ?? '', /^ {2}kept {5}.*a1\.jpg {2}quality 0\.80$/);
      assert.match(nobody ?? '', /^ {2}refused {2}.*a2\.png {2}NO_FACE: .*\(measured 0, limit 1\)$/);
      assert.match(broken ?? '', /a3\.webp {2}UNDECODABLE: truncated/);
      const [ada] = (await fake.client.listIdentities({ namePrefix: 'Ada' })).identities;
      assert.deepEqual([ada?.tags, ada?.metadata, ada?.faces.length], [['staff'], { floor: '3' }, 1]);
    }));

  it('enrols for a while, on a basis', () =>
    withFolder(async (folder) => {
      const file = await picture(folder, 'm.jpg', 'mary');
      const { code } = await run('--name', 'Mary', '--legal-basis', 'contract', '--purpose', 'the gate', '--consent-reference', 'C-9', '--expires', '12h', file);
      assert.equal(code, 0);
      const [mary] = (await fake.client.listIdentities({ namePrefix: 'Mary' })).identities;
      const { expiresAt, ...said } = mary?.consent ?? assert.fail();
      assert.deepEqual(said, { legalBasis: 'contract', purpose: 'the gate', reference: 'C-9' });
      assert.ok(Math.abs((expiresAt?.seconds ?? 0) - Date.now() / 1000 - 12 * 3600) < 60);
      assert.match((await run('--identity', mary?.id ?? '', '--expires', '1d', file)).stderr, /gallery consent/);
    }));

  it('gives the same as JSON', () =>
    withFolder(async (folder) => {
      const finished = await run('--json', '--name', 'Grace', await picture(folder, 'g.jpg', 'grace'), await picture(folder, 'none.jpg', ''));
      const [grace] = jsonLines<PersonOutcome>(finished);
      assert.equal(finished.code, 3);
      assert.equal(finished.stderr, '');
      assert.deepEqual([grace?.name, grace?.created, grace?.pictures.map((one) => one.rejected?.reason ?? 'kept')], ['Grace', true, ['kept', 'NO_FACE']]);
    }));

  it('enrols nobody and ends with 1 when no picture is kept', () =>
    withFolder(async (folder) => {
      const { code, stdout } = await run('--name', 'Nobody', await picture(folder, 'n.jpg', ''));
      assert.equal(code, 1);
      assert.match(stdout, /^Nobody: not enrolled, 0 of 1 picture kept/);
    }));

  it('enrols a person for each sub-folder', () =>
    withFolder(async (folder) => {
      for (const [name, shows] of [['Edsger/1.jpg', 'edsger'], ['Edsger/deep/2.jpg', 'edsger'], ['Barbara/1.jpg', 'barbara'], ['.hidden/1.jpg', 'hidden']] as const) await picture(folder, name, shows);
      const { code, stdout, stderr } = await run(folder);
      assert.equal(code, 0);
      assert.match(stdout, /^Barbara: enrolled/m);
      assert.match(stdout, /^Edsger: enrolled .* 2 of 2 pictures kept/m);
      assert.match(stderr, /^3 of 3 pictures kept, 2 people$/m);
    }));

  it('enrols the rows of a table, and goes on after a person that is refused', () =>
    withFolder(async (folder) => {
      await picture(folder, 'p/1.jpg', 'alan');
      await picture(folder, 'p/2.jpg', 'alonzo');
      const table = join(folder, 'people.csv');
      await writeFile(table, '\ufefffile,name,external_id,tags\np/1.jpg,"Turing, Alan",e-1,staff; uk\np/1.jpg,"Turing, Alan",e-1,\np/2.jpg,Alonzo,,\np/missing.jpg,Haskell,,\n');
      const finished = await run(table, '--json');
      assert.equal(finished.code, 3);
      const people = jsonLines<PersonOutcome>(finished);
      assert.deepEqual(people.map(({ name, created, pictures }) => [name, created, pictures.length]), [['Turing, Alan', true, 2], ['Alonzo', true, 1], ['Haskell', false, 1]]);
      assert.equal(people[2]?.pictures[0]?.rejected?.reason, 'UNREADABLE');
      assert.deepEqual((await fake.client.getIdentity({ externalId: 'e-1' })).tags, ['staff', 'uk']);

      await writeFile(table, 'file,name,external_id\np/1.jpg,Alan again,e-1\np/2.jpg,Alonzo,e-2\n');
      const again = jsonLines<PersonOutcome>(await run(table, '--json', '--allow-lookalike'));
      assert.deepEqual(again.map(({ pictures }) => pictures[0]?.rejected?.reason ?? 'kept'), ['EXTERNAL_ID_TAKEN', 'kept']);
    }));

  it('sends as many calls as many pictures need, all to one identity', () =>
    withFolder(async (folder) => {
      for (let i = 0; i < 40; i++) await picture(folder, `many/${i}.jpg`, 'many');
      const { code, stdout } = await run('--name', 'Many', join(folder, 'many'));
      assert.equal(code, 0, stdout);
      const { identities } = await fake.client.listIdentities({ namePrefix: 'Many' });
      assert.deepEqual(identities.map(({ faces }) => faces.length), [40]);
    }));

  it('adds pictures to a known identity', () =>
    withFolder(async (folder) => {
      const file = await picture(folder, 'k.jpg', 'katherine');
      const { identity } = await fake.client.enroll({ name: 'Katherine', images: [{ image: { encoded: Buffer.from('katherine') } }] });
      const { code, stdout } = await run('--identity', identity?.id ?? '', file);
      assert.deepEqual([code, stdout.split('\n')[0]], [0, `Katherine: added to ${identity?.id ?? ''}, 1 of 1 picture kept`]);
    }));

  for (const [what, args, cure] of [
    ['pictures of nobody', ['package.json'], /give --name/],
    ['a name and an identity', ['--name', 'A', '--identity', 'x', 'package.json'], /gallery rename/],
    ['metadata without a key', ['--name', 'A', '--meta', 'floor', 'package.json'], /key=value/],
  ] as const) {
    it(`refuses ${what} and says what to do`, async () => {
      const { code, stderr } = await run(...args);
      assert.equal(code, 2);
      assert.match(stderr, cure);
    });
  }

  it('refuses loose pictures in a folder of people, and tables without names', () =>
    withFolder(async (folder) => {
      await picture(folder, 'loose.jpg', 'somebody');
      assert.match((await run(folder)).stderr, /nobody’s sub-folder/);
      await writeFile(join(folder, 't.csv'), 'file,name\na.jpg,\n');
      assert.match((await run(join(folder, 't.csv'))).stderr, /row 1 has no file or no name\n {2}the first line is: file,name,external_id,tags/);
    }));
});
