import assert from 'node:assert/strict';
import type { Match } from '../../src/gallery/port.js';
import { decide } from '../../src/pipeline/decide.js';

const match = (similarity: number): Match => ({
  identityId: 'ada',
  externalId: '',
  name: 'Ada',
  similarity,
  faceId: 'f',
  collection: 'default',
});
const clear = { visibility: 1, minVisibility: 0.1, threshold: 0.4 };

describe('decision', () => {
  it('is KNOWN at the threshold and UNKNOWN just below it', () => {
    assert.equal(decide([match(0.4)], clear).kind, 'KNOWN');
    assert.equal(decide([match(0.3999)], clear).kind, 'UNKNOWN');
  });

  it('is UNKNOWN in an empty gallery, and says so', () => {
    const decision = decide([], clear);
    assert.equal(decision.kind, 'UNKNOWN');
    assert.match(decision.reason, /nobody/);
  });

  it('is POOR, not UNKNOWN, when too little of the face can be seen, however similar', () => {
    const decision = decide([match(0.99)], { ...clear, visibility: 0.05 });
    assert.equal(decision.kind, 'POOR');
    assert.match(decision.reason, /5 % .* 10 %/);
  });

  it('gives the similarity and the threshold it had to pass', () => {
    const decision = decide([match(0.5)], clear);
    assert.equal(decision.threshold, 0.4);
    assert.match(decision.reason, /0\.500, threshold 0\.400/);
  });
});
