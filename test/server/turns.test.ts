import assert from 'node:assert/strict';
import { Turns } from '../../src/server/turns.js';
import { settled } from '../support/wait.js';

describe('turns', () => {
  it('come in the order in which they were taken, however they are done', async () => {
    const turns = new Turns();
    const [first, second, third] = [turns.take(), turns.take(), turns.take()];
    const came: string[] = [];
    void second.come.then(() => came.push('second'));
    void third.come.then(() => came.push('third'));
    await first.come;
    second.done(); // It failed before it came.
    await settled(() => came.length);
    assert.deepEqual(came, []);
    first.done();
    await third.come;
    assert.deepEqual(came, ['second', 'third']);
  });
});
