import assert from 'node:assert/strict';
import { glimpse } from './glimpse.js';

describe('glimpse', () => {
  it('tells of its verbs, examples and exit codes', async () => {
    const { code, stdout } = await glimpse(['--help']);
    assert.equal(code, 0);
    for (const verb of ['serve', 'enroll', 'identify', 'gallery', 'token', 'migrate']) assert.match(stdout, new RegExp(`^  ${verb}\\b`, 'm'));
    assert.match(stdout, /Examples:/);
    assert.match(stdout, /^ {2}4 {2}the server cannot be reached/m);
  });

  it('has help with examples for every verb that people type by hand', async () => {
    const verbs = ['serve', 'enroll', 'identify', 'gallery', 'token'];
    for (const { code, stdout } of await Promise.all(verbs.map((verb) => glimpse([verb, '--help'])))) {
      assert.equal(code, 0);
      assert.match(stdout, /Examples:/);
    }
  });

  for (const [what, args] of [
    ['no verb that exists', ['recognise']],
    ['an option that does not exist', ['gallery', 'list', '--nonsense']],
    ['too few arguments', ['identify']],
    ['a number that is none', ['identify', 'a.jpg', '--top-k', 'three']],
    ['a face that is none', ['enroll', '--name', 'Ada', 'package.json', '--which', 'ugliest']],
    ['a picture that is not there', ['identify', 'nowhere.jpg']],
  ] as const) {
    it(`ends with 2 for ${what}`, async () => {
      const { code, stdout, stderr } = await glimpse(args);
      assert.deepEqual([code, stdout], [2, '']);
      assert.notEqual(stderr, '');
    });
  }

  it('ends with 4 and a cure when there is no server', async () => {
    const { code, stderr } = await glimpse(['gallery', 'list', '--address', '127.0.0.1:1']);
    assert.equal(code, 4);
    assert.match(stderr, /^glimpse: no connection to the server: .*ECONNREFUSED.*\n {2}start the server with `glimpse serve`/);
  });

  it('tells of a failure in JSON when JSON was asked for', async () => {
    const { code, stdout, stderr } = await glimpse(['gallery', 'list', '--address', '127.0.0.1:1', '--json']);
    assert.deepEqual([code, stdout], [4, '']);
    const { exit, error } = JSON.parse(stderr) as { exit: number; error: Record<string, string> };
    assert.deepEqual([exit, error.code, Object.keys(error)], [4, 'UNAVAILABLE', ['code', 'message', 'field', 'reason', 'cure']]);
  });
});
