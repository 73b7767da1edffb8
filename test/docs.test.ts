import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETTINGS } from '../src/config.js';
import { ROOT } from '../src/paths.js';

const operations = readFileSync(join(ROOT, 'docs', 'operations.md'), 'utf8');

describe('docs/operations.md', () => {
  for (const { flag, doc } of Object.values(SETTINGS)) {
    it(`describes --${flag} in the words of its help`, () => {
      const row = operations.split('\n').find((line) => line.startsWith(`| \`--${flag}\` |`));
      assert(row?.endsWith(`| ${doc} |`), row);
    });
  }

  it('describes no flag that does not exist', () => {
    const flags = new Set<string>(Object.values(SETTINGS).map((setting) => setting.flag));
    const described = [...operations.matchAll(/^\| `--([\w-]+)` \|/gm)].map((found) => found[1] ?? '');
    assert.deepEqual(described.filter((flag) => !flags.has(flag)), []);
  });
});
