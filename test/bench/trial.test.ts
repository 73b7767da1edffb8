import assert from 'node:assert/strict';
import { runTrial } from '../../bench/support/trial.js';

const script = (name: string): URL => new URL(`./trials/${name}.js`, import.meta.url);

describe('runTrial', function () {
  this.timeout(30_000);

  it('runs the trial in a process of its own and hands back its notes and its answer', async () => {
    const notes: string[] = [];
    const { sum, pid } = await runTrial<{ sum: number; pid: number }>(script('adds'), { a: 2, b: 3 }, { onNote: (note) => notes.push(note) });
    assert.equal(sum, 5);
    assert.notEqual(pid, process.pid);
    assert.deepEqual(notes, ['adding']);
  });

  it('names the trial that dies before it answers', async () => {
    await assert.rejects(runTrial(script('dies'), {}), /dies\.js ended with code 3 before its answer/);
  });

  it('ends a trial that takes too long', async () => {
    await assert.rejects(runTrial(script('hangs'), {}, { timeoutMs: 300 }), /hangs\.js ended with SIGKILL before its answer/);
  });
});
