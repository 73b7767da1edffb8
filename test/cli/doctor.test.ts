import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '../../src/paths.js';
import { CANDIDATES } from '../../src/runtime/candidates.js';
import type { Diagnosis } from '../../src/runtime/choose.js';
import { withFolder } from '../support/folder.js';
import { glimpse, jsonLines, start } from './glimpse.js';

/** A kind of GPU that no build for this platform has. */
const NEVER_HERE = process.platform === 'win32' ? 'coreml' : 'dml';

describe('glimpse doctor', function () {
  this.timeout(120_000);

  it('tries what is installed, chooses one, and tells how to get the others', async () => {
    const done = await glimpse(['doctor', '--json']);
    assert.equal(done.code, 0, done.stderr);
    const [{ runtimes } = { runtimes: [] }] = jsonLines<{ runtimes: Diagnosis[] }>(done);
    assert.deepEqual(runtimes.map(({ name }) => name), CANDIDATES.map(({ name }) => name));
    assert.equal(runtimes.filter(({ chosen }) => chosen).length, 1);
    for (const name of ['onnx-cpu', 'tfjs-wasm', 'tfjs-cpu']) {
      const { installed, usable } = runtimes.find((runtime) => runtime.name === name) ?? assert.fail(name);
      assert.deepEqual([installed, usable], [true, true], name);
    }
    for (const { name, installed, usable, why, cure } of runtimes) {
      assert.ok(why !== '' && !why.includes('\n'), name);
      assert.ok(installed || !usable, name);
      assert.equal(cure === '', usable, name);
    }
  });

  it('says the same to people', async () => {
    const { code, stdout } = await glimpse(['doctor', '--runtime', 'tfjs', '--device', 'cpu']);
    assert.equal(code, 0);
    assert.match(stdout, /^Node v[\d.]+, \w+ \w+\n\nRUNTIME +INSTALLED +WORKS/);
    assert.match(stdout, /^(tfjs-node|tfjs-wasm) +yes +yes +chosen +looks at a picture/m);
  });

  it('ends with 1 when nothing does what was asked for', async () => {
    const { code, stdout } = await glimpse(['doctor', '--device', NEVER_HERE]);
    assert.equal(code, 1);
    assert.match(stdout, /Nothing on this platform does what was asked for\.\n$/);
  });

  it('names a setting that is wrong', async () => {
    const { code, stderr } = await glimpse(['doctor'], { env: { GLIMPSE_DEVICE: 'abacus' } });
    assert.equal(code, 2);
    assert.match(stderr, /GLIMPSE_DEVICE must be one of auto, cpu, gpu.*not "abacus"/);
  });
});

describe('glimpse serve with a runtime of choice', function () {
  this.timeout(120_000);

  it('runs the networks on it, and logs which and why', () =>
    withFolder(async (folder) => {
      const child = start(['serve', '--port', '0', '--data-dir', join(folder, 'data'), '--workers', '1', '--detector-size', '160', '--json', '--runtime', 'tfjs', '--device', 'cpu']);
      assert(child.stdout && child.stderr);
      const log: Record<string, unknown>[] = [];
      createInterface({ input: child.stderr }).on('line', (line) => log.push(JSON.parse(line) as Record<string, unknown>));
      let address = '';
      for await (const line of createInterface({ input: child.stdout })) {
        ({ address } = JSON.parse(line) as { address: string });
        break;
      }
      const photograph = join(ROOT, 'node_modules', '@vladmandic', 'face-api', 'demo', 'sample6.jpg');
      const seen = await glimpse(['identify', photograph, '--json'], { address });
      child.kill('SIGTERM');
      assert.equal(seen.code, 0, seen.stderr);
      assert.ok(seen.stdout.includes('"UNKNOWN"'), seen.stdout);
      const { runtime, why } = log.find(({ msg }) => msg === 'networks') ?? assert.fail('it did not say what runs the networks');
      assert.match(String(runtime), /^tfjs-(node|wasm)$/);
      assert.match(String(why), /looks at a picture of 128 × 128/);
    }));

  it('does not start when it cannot be had, and says why', async () => {
    const { code, stderr } = await glimpse(['serve', '--port', '0', '--data-dir', '/nonexistent/glimpse', '--device', NEVER_HERE]);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`--device ${NEVER_HERE} cannot be had: there is no such runtime on ${process.platform}`));
  });
});
