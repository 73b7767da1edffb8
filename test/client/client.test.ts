import assert from 'node:assert/strict';
import { toDate, toTimestamp } from '../../src/client/index.js';
import { withFake } from './fake-server.js';

describe('the client', () => {
  it('sends its token with every call', async () => {
    const seen: unknown[] = [];
    await withFake(
      {
        Stats: (call, answer) => {
          seen.push(...call.metadata.get('authorization'));
          answer(null, {});
        },
        Export: (call) => {
          seen.push(...call.metadata.get('authorization'));
          call.end();
        },
      },
      async (client) => {
        await client.stats();
        for await (const record of client.export()) assert.fail(record.id);
      },
      { token: 'secret' },
    );
    assert.deepEqual(seen, ['Bearer secret', 'Bearer secret']);
  });

  it('walks through the pages of a list, with the same question each time', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    return withFake(
      {
        ListIdentities: ({ request }, answer) => {
          const from = Number(request.pageToken);
          assert.equal(request.tag, 'staff');
          const identities = names.slice(from, from + 2).map((name) => ({ name }));
          answer(null, { identities, nextPageToken: from + 2 < names.length ? String(from + 2) : '' });
        },
      },
      async (client) => {
        const walked: string[] = [];
        for await (const { name } of client.identities({ tag: 'staff' })) walked.push(name);
        assert.deepEqual(walked, names);
      },
    );
  });

  it('takes times apart and together again, before 1970 too', () => {
    for (const date of [new Date('2026-11-24T01:02:03.456Z'), new Date(-1)]) assert.deepEqual(toDate(toTimestamp(date)), date);
  });
});
