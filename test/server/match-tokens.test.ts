import assert from 'node:assert/strict';
import { GlimpseError } from '../../src/errors.js';
import { MatchTokens, TOKEN_HOURS } from '../../src/server/match-tokens.js';
import { embeddingFor } from '../support/fake-vision.js';

const MATCH = { collection: 'default', identityId: 'i', similarity: 0.75, probe: embeddingFor('ada'), quality: { score: 0.5, sharpness: 0.5, visibility: 1, eyeDistance: 40 } };
const reasonOf = (open: () => unknown): string => {
  try {
    open();
    return 'opened';
  } catch (error) {
    assert.ok(error instanceof GlimpseError);
    return `${error.kind} ${error.detail.reason} ${error.detail.field}`;
  }
};

describe('match tokens', () => {
  const tokens = new MatchTokens();

  it('open to what was sealed, and say the same for the same token', () => {
    const token = tokens.seal(MATCH);
    const { digest, ...match } = tokens.open(token);
    assert.deepEqual(match, MATCH);
    assert.equal(tokens.open(token).digest, digest);
    assert.notEqual(tokens.open(tokens.seal(MATCH)).digest, digest);
  });

  it('show nothing of the face', () => {
    const token = tokens.seal(MATCH);
    const bytes = Buffer.from(MATCH.probe.buffer);
    for (let at = 0; at + 16 <= 1024; at += 16) assert.equal(token.indexOf(bytes.subarray(at, at + 16)), -1);
    assert.equal(token.indexOf('default'), -1);
  });

  it('are refused with one bit changed anywhere, cut short, or of another server', () => {
    const token = tokens.seal(MATCH);
    for (let at = 0; at < token.length; at += 7) {
      const changed = Buffer.from(token);
      changed[at] = (changed[at] ?? 0) ^ 1;
      assert.equal(reasonOf(() => tokens.open(changed)), 'invalid MATCH_TOKEN_UNKNOWN match_token');
    }
    for (const length of [0, 1, 27, 28, 100, token.length - 1]) assert.equal(reasonOf(() => tokens.open(token.subarray(0, length))), 'invalid MATCH_TOKEN_UNKNOWN match_token');
    assert.equal(reasonOf(() => new MatchTokens().open(token)), 'invalid MATCH_TOKEN_UNKNOWN match_token');
  });

  it('are refused after a day', () => {
    const token = tokens.seal(MATCH, 1_000);
    assert.equal(reasonOf(() => tokens.open(token, 1_000 + TOKEN_HOURS * 3_600_000)), 'opened');
    assert.equal(reasonOf(() => tokens.open(token, 1_001 + TOKEN_HOURS * 3_600_000)), 'precondition MATCH_TOKEN_EXPIRED match_token');
  });
});
