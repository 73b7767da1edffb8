import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../src/paths.js';
import { CANDIDATES } from '../../src/runtime/candidates.js';

const text = readFileSync(join(ROOT, 'docs', 'runtimes.md'), 'utf8');

describe('docs/runtimes.md', () => {
  it('lists the runtimes in the order in which they are tried', () => {
    const listed = [...text.matchAll(/^\| `((?:onnx|tfjs)-[\w-]+)` \|/gm)].map((found) => found[1]);
    const here = new Set<string | undefined>(CANDIDATES.map(({ name }) => name));
    assert.deepEqual(listed.filter((name) => here.has(name)), CANDIDATES.map(({ name }) => name));
    assert.equal(listed.length, 10);
  });
});
