import assert from 'node:assert/strict';
import { withSection } from '../../bench/report/page.js';

describe('the page of benchmarks', () => {
  const page = 'Ours.\n<!-- bench:report begins -->\nold\n<!-- bench:report ends -->\nTheirs.\n';

  it('has its section replaced, as often as wanted, and keeps what others wrote', () => {
    const once = withSection(page, 'new');
    assert.equal(once, 'Ours.\n<!-- bench:report begins -->\n\nnew\n\n<!-- bench:report ends -->\nTheirs.\n');
    assert.equal(withSection(once, 'new'), once);
  });

  it('is left alone when it does not say where the section belongs', () => {
    assert.throws(() => withSection('Theirs.', 'new'), /lacks the marks/);
  });
});
