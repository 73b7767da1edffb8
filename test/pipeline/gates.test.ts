import assert from 'node:assert/strict';
import { chooseFace, gate, lookalike } from '../../src/pipeline/gates.js';
import type { AnalysedFace, FrameAnalysis, Landmarks, Quality } from '../../src/types.js';

const limits = { minEyeDistance: 16, minSharpness: 0.2, minVisibility: 0.5, minFaceSize: 20 };
const point = { x: 0, y: 0, visibility: 1 };
const landmarks: Landmarks = [point, point, point, point, point];

function face(quality: Partial<Quality> = {}): AnalysedFace {
  return {
    box: { x: 0, y: 0, width: 80, height: 100 },
    landmarks,
    score: 0.9,
    quality: { score: 0.8, sharpness: 0.8, visibility: 1, eyeDistance: 40, ...quality },
    embedding: new Float32Array(256),
    importance: new Float32Array(12),
  };
}

function seen(part: Partial<FrameAnalysis>): FrameAnalysis {
  return { width: 640, height: 480, detected: 1, largestDropped: 0, faces: [face()], timing: { queue: 0, decode: 0, detect: 0, embed: 0 }, ...part };
}

describe('enrolment gates', () => {
  it('choose the face that was found', () => {
    const one = face();
    assert.equal(chooseFace(seen({ faces: [one] }), 'ONLY', limits), one);
    assert.equal(chooseFace(seen({ faces: [one], detected: 3 }), 'LARGEST', limits), one);
  });

  const none = { faces: [], detected: 0 };
  const choices = [
    { what: 'no face', given: seen(none), select: 'LARGEST', wanted: ['NO_FACE', 0, 1] },
    { what: 'only a tiny face', given: seen({ ...none, largestDropped: 12 }), select: 'LARGEST', wanted: ['TOO_SMALL', 12, 20] },
    { what: 'several faces where one was promised', given: seen({ detected: 4 }), select: 'ONLY', wanted: ['SEVERAL_FACES', 4, 1] },
  ] as const;
  for (const { what, given, select, wanted } of choices) {
    it(`refuse ${what}, with the measured value and the limit`, () => {
      const refused = chooseFace(given, select, limits);
      assert('reason' in refused);
      assert.deepEqual([refused.reason, refused.measured, refused.limit], wanted);
    });
  }

  const faults = [
    { part: { eyeDistance: 15.9 }, wanted: ['TOO_SMALL', 15.9, 16] },
    { part: { sharpness: 0.1 }, wanted: ['BLURRED', 0.1, 0.2] },
    { part: { visibility: 0.4 }, wanted: ['TOO_OCCLUDED', 0.4, 0.5] },
  ];
  for (const { part, wanted } of faults) {
    it(`refuse a face that is ${String(wanted[0])}`, () => {
      const refused = gate(face(part), limits);
      assert.deepEqual([refused?.reason, refused?.measured, refused?.limit], wanted);
    });
  }

  it('let a face through that sits on every limit', () =>
    assert.equal(gate(face({ eyeDistance: 16, sharpness: 0.2, visibility: 0.5 }), limits), undefined));
});

describe('look-alikes', () => {
  const match = (identityId: string, similarity: number): Parameters<typeof lookalike>[0][number] => ({ identityId, externalId: '', name: identityId, similarity, faceId: '', collection: 'default' });

  it('are other identities at or above the threshold', () => {
    assert.equal(lookalike([match('b', 0.5)], 'a', 0.5)?.looksLike?.identityId, 'b');
    assert.equal(lookalike([match('b', 0.49)], 'a', 0.5), undefined);
  });

  it('are found behind the person’s own faces', () =>
    assert.equal(lookalike([match('a', 0.9), match('b', 0.6)], 'a', 0.5)?.looksLike?.identityId, 'b'));

  it('are never the person itself', () => assert.equal(lookalike([match('a', 0.9)], 'a', 0.5), undefined));
});
