import assert from 'node:assert/strict';
import type { Match } from '../../src/gallery/port.js';
import { resemblesOther } from '../../src/pipeline/resembles.js';
import type { Asked } from '../../src/types.js';

const PROBE = Float32Array.of(1, 0);

/** A collection of so many faces, in which Bob is as similar as said; one comparison asks for 0.5, a search for a tenth more with each decade of faces. */
async function refusal(similarity: number, faces: number, identityId = ''): Promise<{ limit?: number; asked: Asked[] }> {
  const asked: Asked[] = [];
  const bob: Match = { identityId: 'bob', externalId: '', name: 'Bob', similarity, faceId: 'f', collection: 'default' };
  const vision = {
    threshold: (_: number, ...compared: readonly Float32Array[]) => (compared[0] === PROBE ? 0.5 : NaN),
    yardstick: (wanted: Asked) => {
      asked.push(wanted);
      return { threshold: 0.2 + 0.1 * Math.log10(wanted.reach.faces), margin: 0, probabilities: () => undefined };
    },
  };
  const gallery = { search: () => Promise.resolve([[bob]]), reach: () => Promise.resolve({ identities: faces, faces }) };
  const found = await resemblesOther({ vision, gallery }, { collection: 'default', identityId, probe: PROBE, visibility: 0.75 });
  return { ...(found && { limit: Number(found.limit.toFixed(6)) }), asked };
}

describe('a face that is to be enrolled', () => {
  it('may not look like somebody else as one comparison tells', async () => {
    assert.equal((await refusal(0.5, 10)).limit, 0.5);
    assert.equal((await refusal(0.49, 10)).limit, undefined);
  });

  it('may in a large collection, where some stranger always does, unless a search would name them', async () => {
    assert.equal((await refusal(0.6, 1e5)).limit, undefined);
    assert.equal((await refusal(0.7, 1e5)).limit, 0.7);
  });

  it('is searched for as seen, at one new person in a hundred who is refused wrongly', async () => {
    assert.deepEqual((await refusal(0.5, 10)).asked, [{ probe: PROBE, visibility: 0.75, reach: { identities: 10, faces: 10 }, fpir: 0.01 }]);
  });

  it('may look like the person whose it is to be', async () => {
    assert.equal((await refusal(0.9, 10, 'bob')).limit, undefined);
  });
});
