import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connect } from '../../src/client/index.js';
import { ROOT } from '../../src/paths.js';
import { withFolder } from '../support/folder.js';
import { glimpse, start } from './glimpse.js';

const NETWORKS = join(ROOT, 'test', 'fixtures', 'networks');

describe('glimpse serve', function () {
  this.timeout(60_000);

  const serve = (folder: string, ...args: string[]): ChildProcess =>
    start(['serve', '--port', '0', '--data-dir', join(folder, 'data'), '--models-dir', NETWORKS, '--workers', '1', '--log-level', 'silent', ...args]);

  async function firstLine(child: ChildProcess): Promise<string> {
    assert(child.stdout);
    for await (const line of createInterface({ input: child.stdout })) return line;
    return assert.fail('it ended without a word');
  }

  it('says where it listens, serves, and stops on SIGTERM with 0', () =>
    withFolder(async (folder) => {
      const child = serve(folder, '--json');
      const ready = JSON.parse(await firstLine(child)) as { address: string; port: number; pid: number };
      assert.deepEqual(ready, { address: `127.0.0.1:${ready.port}`, port: ready.port, pid: child.pid });
      const client = connect({ address: ready.address });
      assert.equal((await client.stats()).identities, 0);
      client.close();
      child.kill('SIGTERM');
      assert.deepEqual(await once(child, 'exit'), [0, null]);
    }));

  it('says the same to people, and stops on Ctrl-C', () =>
    withFolder(async (folder) => {
      const child = serve(folder);
      assert.match(await firstLine(child), /^Glimpse serves on 127\.0\.0\.1:\d+ \(Ctrl-C stops it\)$/);
      child.kill('SIGINT');
      assert.deepEqual(await once(child, 'exit'), [0, null]);
    }));

  it('ends at once on a second signal', () =>
    withFolder(async (folder) => {
      const child = serve(folder);
      await firstLine(child);
      // Held still meanwhile, so that the second comes before the first has been dealt with.
      for (const signal of ['SIGSTOP', 'SIGTERM', 'SIGINT', 'SIGCONT'] as const) child.kill(signal);
      assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL']);
    }));

  for (const [what, args, env, complaint] of [
    ['a value that a setting does not take', ['--port', '70000'], {}, /--port must be a number from 0 to 65535/],
    ['a misspelt variable', [], { GLIMPSE_PROT: '1' }, /GLIMPSE_PROT is not a setting/],
    ['an unknown log level', ['--log-level', 'chatty'], {}, /chatty/],
    ['half of TLS', ['--tls-cert', 'x.pem'], {}, /--tls-key/],
  ] as const) {
    it(`does not start with ${what}`, async () => {
      const { code, stdout, stderr } = await glimpse(['serve', '--data-dir', '/nonexistent/glimpse', ...args], { env });
      assert.notEqual(code, 0);
      assert.equal(stdout, '');
      assert.match(stderr, complaint);
    });
  }
});
