import assert from 'node:assert/strict';
import { inOrder } from '../../src/server/in-order.js';

describe('answers in order', () => {
  async function* upTo(count: number, read: number[] = [], end?: Error): AsyncGenerator<number> {
    for (let i = 1; i <= count; i++) {
      read.push(i);
      yield await Promise.resolve(i);
    }
    if (end) throw end;
  }
  const all = async <T>(answers: AsyncIterable<T>): Promise<T[]> => {
    const seen: T[] = [];
    for await (const answer of answers) seen.push(answer);
    return seen;
  };
  const after = <T>(ms: number, value: T): Promise<T> => new Promise((resolve) => setTimeout(() => resolve(value), ms));

  it('keep the order of the requests, whoever is done first', async () => {
    const seen = await all(inOrder(upTo(6), 3, (i) => after(i % 2 ? 20 : 1, i)));
    assert.deepEqual(seen, [1, 2, 3, 4, 5, 6]);
  });

  it('are worked on together, up to the limit', async () => {
    let working = 0;
    let most = 0;
    await all(inOrder(upTo(20), 4, async (i) => {
      most = Math.max(most, ++working);
      await after(2, i);
      working--;
    }));
    assert.equal(most, 4);
  });

  it('are not read ahead of a consumer who does not take them', async () => {
    const read: number[] = [];
    const answers = inOrder(upTo(100, read), 4, (i) => Promise.resolve(i));
    await answers.next();
    await after(20, undefined);
    assert.equal(read.length, 4);
    await answers.return();
  });

  it('come before the failure of the requests', async () => {
    const seen: number[] = [];
    await assert.rejects(async () => {
      for await (const answer of inOrder(upTo(3, [], new Error('second configuration')), 8, (i) => after(5, i))) seen.push(answer);
    }, /second configuration/);
    assert.deepEqual(seen, [1, 2, 3]);
  });

  it('end with the first that fails, while later ones fail unseen', async () => {
    const seen: number[] = [];
    await assert.rejects(async () => {
      for await (const answer of inOrder(upTo(9), 9, (i) => (i < 3 ? Promise.resolve(i) : Promise.reject(new Error(`no ${i}`))))) seen.push(answer);
    }, /no 3/);
    assert.deepEqual(seen, [1, 2]);
  });
});
