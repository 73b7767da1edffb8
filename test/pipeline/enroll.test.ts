import assert from 'node:assert/strict';
import { GlimpseError } from '../../src/errors.js';
import type { Enrolment, Gallery, Identity, Match } from '../../src/gallery/port.js';
import { digestOf, enroll, type EnrollRequest } from '../../src/pipeline/enroll.js';
import type { AnalysedFace, FrameAnalysis, Landmarks, Vision } from '../../src/types.js';

const limits = { minEyeDistance: 16, minSharpness: 0.2, minVisibility: 0.5, minFaceSize: 20 };
const point = { x: 0, y: 0, visibility: 1 };
const landmarks: Landmarks = [point, point, point, point, point];

/** A picture of one byte: its value is the person on it; 0 shows nobody, 255 is no picture. */
const picture = (person: number): EnrollRequest['images'][number] => ({ image: { encoded: Uint8Array.of(person) }, select: 'LARGEST', label: '' });

function faceOf(person: number): AnalysedFace {
  const embedding = new Float32Array(256);
  embedding[person] = 1;
  const quality = { score: 0.8, sharpness: 0.8, visibility: 1, eyeDistance: 40 };
  return { box: { x: 1, y: 2, width: 30, height: 40 }, landmarks, score: 0.9, quality, embedding, importance: new Float32Array(12) };
}

function analyse(person: number): FrameAnalysis {
  if (person === 255) throw new GlimpseError('undecodable', 'not a picture', { reason: 'CORRUPT', cure: 'send a JPEG, PNG or WebP file' });
  const faces = person === 0 ? [] : [faceOf(person)];
  return { width: 100, height: 100, detected: faces.length, largestDropped: 0, faces, timing: { queue: 0, decode: 0, detect: 0, embed: 0 } };
}

const vision: Vision = {
  analyse: (image) => Promise.resolve().then(() => analyse('encoded' in image ? (image.encoded[0] ?? 0) : 0)),
  network: 'n',
  threshold: () => 0.5,
  yardstick: () => ({ threshold: 0.5, margin: 0, probabilities: () => undefined }),
  close: () => Promise.resolve(),
};

const identity = (id: string, name: string): Identity => ({
  id, name, collection: 'default', externalId: '', metadata: {}, tags: [], createdAt: new Date(0), updatedAt: new Date(0), faces: [],
});

const unused = (): never => {
  throw new Error('not part of an enrolment');
};

/** Remembers what is written; person 7 is enrolled as somebody else; the request id "again" was answered before. */
function memory(): { gallery: Gallery; written: Enrolment[] } {
  const written: Enrolment[] = [];
  const other: Match = { identityId: 'other', externalId: 'x', name: 'Somebody Else', similarity: 0.9, faceId: 'f', collection: 'default' };
  const gallery: Gallery = {
    as: unused, note: unused, erase: unused, addEvents: unused, events: unused, eventHead: unused, hooked: unused, setHooked: unused,
    enroll: (enrolment) => {
      written.push(enrolment);
      const id = 'existing' in enrolment.identity ? enrolment.identity.existing : enrolment.identity.id;
      return Promise.resolve({ identity: identity(id, 'Ada'), created: !('existing' in enrolment.identity) });
    },
    replay: (_, { id }) => Promise.resolve(id === 'again' ? { identity: identity('first', 'Ada'), created: true, replayed: '[]' } : undefined),
    search: (_, probes) => Promise.resolve(probes.map((probe) => (probe[7] === 1 ? [other] : []))),
    faces: unused, reach: () => Promise.resolve({ identities: 1, faces: 1 }), reject: unused, confirm: unused, contents: unused, revision: unused,
    get: (_, key) => Promise.resolve(identity('id' in key ? key.id : '', 'Ada')),
    list: unused, update: unused, deleteIdentity: unused, deleteFace: unused, moveFace: unused, stats: unused, mergeIdentities: unused, collections: unused, setCollection: unused, deleteCollection: unused, export: unused, import: unused,
    onReadiness: unused,
    close: unused,
  };
  return { gallery, written };
}

function request(part: Partial<EnrollRequest>): EnrollRequest {
  return {
    requestId: '', collection: 'default', identityId: '', name: 'Ada', externalId: '', metadata: {}, tags: [], images: [picture(1)], allowLookalike: false, ...part,
  };
}

describe('enrolment', () => {
  it('writes every kept face in one go and answers each picture in order', async () => {
    const { gallery, written } = memory();
    const answer = await enroll({ vision, gallery }, limits, request({ images: [picture(1), picture(0), picture(255), picture(2)] }));
    assert.deepEqual(answer.images.map((image) => ('kept' in image ? 'KEPT' : image.rejected.reason)), ['KEPT', 'NO_FACE', 'UNDECODABLE', 'KEPT']);
    assert.equal(written.length, 1);
    assert.deepEqual(written[0]?.faces.map((face) => face.embedding.indexOf(1)), [1, 2]);
    assert.equal(answer.created, true);
  });

  it('writes nothing when no picture of a new person is good enough', async () => {
    const { gallery, written } = memory();
    const answer = await enroll({ vision, gallery }, limits, request({ images: [picture(0)] }));
    assert.deepEqual([answer.identity, answer.created, written.length], [undefined, false, 0]);
  });

  it('refuses a face that looks like somebody else, unless told to allow it', async () => {
    const { gallery, written } = memory();
    const refused = await enroll({ vision, gallery }, limits, request({ images: [picture(7)] }));
    assert.equal('rejected' in (refused.images[0] ?? {}) && written.length, 0);
    await enroll({ vision, gallery }, limits, request({ images: [picture(7)], allowLookalike: true }));
    assert.equal(written.length, 1);
  });

  it('keeps nobody else’s name with the remembered answer', async () => {
    const { gallery, written } = memory();
    await enroll({ vision, gallery }, limits, request({ requestId: 'new', images: [picture(1), picture(7)] }));
    assert.match(written[0]?.request?.outcome ?? '', /LOOKS_LIKE/);
    assert.doesNotMatch(written[0]?.request?.outcome ?? '', /Somebody Else/);
  });

  it('gives the first answer again to a request id it knows, without looking at a picture', async () => {
    const { gallery, written } = memory();
    const blind = { ...vision, analyse: unused };
    const answer = await enroll({ vision: blind, gallery }, limits, request({ requestId: 'again' }));
    assert.deepEqual([answer.identity?.id, written.length], ['first', 0]);
  });

  for (const [field, part] of [
    ['images', { images: [] }],
    ['name', { name: '' }],
    ['name', { identityId: 'a' }],
    ['external_id', { identityId: 'a', name: '', externalId: 'x' }],
    ['metadata', { identityId: 'a', name: '', metadata: { a: 'b' } }],
    ['tags', { identityId: 'a', name: '', tags: ['t'] }],
  ] as const) {
    it(`names the field ${field} when it is missing or out of place (${JSON.stringify(part)})`, async () => {
      await assert.rejects(enroll({ vision, gallery: memory().gallery }, limits, request(part)), (error) => error instanceof GlimpseError && error.detail.field === field);
    });
  }
});

describe('the digest of an enrolment', () => {
  const base = request({ metadata: { a: '1', b: '2' } });

  it('does not depend on the request id or the order of metadata', () =>
    assert.equal(digestOf(base), digestOf({ ...base, requestId: 'r', metadata: { b: '2', a: '1' } })));

  it('changes with every part of the content', () => {
    const changed = [
      { name: 'Bob' }, { tags: ['t'] }, { metadata: {} }, { externalId: 'e' }, { collection: 'c' }, { allowLookalike: true },
      { consent: { legalBasis: 'contract', purpose: '', reference: '' } },
      { images: [picture(2)] }, { images: [picture(1), picture(1)] }, { images: [{ ...picture(1), label: 'l' }] },
    ].map((part) => digestOf({ ...base, ...part }));
    assert.equal(new Set([digestOf(base), ...changed]).size, changed.length + 1);
  });
});
