import assert from 'node:assert/strict';
import type { ImportResponse } from '../../src/client/index.js';
import { embeddingFor } from '../support/fake-vision.js';
import { refused } from '../support/refused.js';
import { type FakeServer, startFake } from '../support/server.js';
import { until } from '../support/wait.js';

const picture = (text: string): { image: { encoded: Buffer } } => ({ image: { encoded: Buffer.from(text) } });
const bytesOf = (vector: Float32Array): Buffer => Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);

describe('the gallery service', () => {
  let fake: FakeServer;
  beforeEach(async () => (fake = await startFake()));
  afterEach(() => fake.stop());
  const enrol = async (name: string, ...pictures: string[]): Promise<string> => {
    const { identity } = await fake.client.enroll({ name, images: pictures.map(picture) });
    return identity?.id ?? '';
  };

  it('enrols and says what became of each picture', async () => {
    const answer = await fake.client.enroll({
      name: 'Alice', externalId: 'A-1', metadata: { team: 'blue' }, tags: ['staff', 'staff'], which: { rule: 'ONLY' },
      images: [{ ...picture('alice'), label: 'front' }, picture('!truncated'), picture(''), picture('alice bob'), { ...picture('alice bob'), which: { rule: 'LARGEST' } }],
    });
    assert.equal(answer.created, true);
    assert.deepEqual(answer.images.map(({ kept, rejected }) => (kept ? 'kept' : rejected?.reason)), ['kept', 'UNDECODABLE', 'NO_FACE', 'SEVERAL_FACES', 'kept']);
    assert.equal(answer.images[3]?.rejected?.measured, 2);
    assert.equal(answer.images[0]?.kept?.landmarks.length, 5);
    const identity = await fake.client.getIdentity({ externalId: 'A-1' });
    assert.deepEqual([identity.name, identity.metadata, identity.tags], ['Alice', { team: 'blue' }, ['staff']]);
    assert.deepEqual(identity.faces.map(({ label }) => label), ['front', 'picture 5']);
    assert.ok(Math.abs((identity.createdAt?.seconds ?? 0) * 1000 - Date.now()) < 60_000);
  });

  it('leaves the identity unset when no face was kept', async () => {
    const answer = await fake.client.enroll({ name: 'Nobody', images: [picture('')] });
    assert.deepEqual([answer.identity, answer.created], [null, false]);
  });

  it('gives the first answer again to the same request, and refuses another under its id', async () => {
    const request = { requestId: 'r1', name: 'Alice', images: [picture('alice')] };
    const first = await fake.client.enroll(request);
    assert.deepEqual(await fake.client.enroll(request), first);
    await refused(fake.client.enroll({ ...request, name: 'Bob' }), 'ALREADY_EXISTS', 'REQUEST_ID_REUSED', 'request_id');
  });

  it('lists by page, tag and name', async () => {
    for (const name of ['Ann', 'anton', 'Bert']) await enrol(name, name);
    const first = await fake.client.listIdentities({ pageSize: 2 });
    const second = await fake.client.listIdentities({ pageSize: 2, pageToken: first.nextPageToken });
    assert.deepEqual([...first.identities, ...second.identities].map(({ name }) => name), ['Ann', 'anton', 'Bert']);
    assert.equal(second.nextPageToken, '');
    assert.equal((await fake.client.listIdentities({ namePrefix: 'AN' })).identities.length, 2);
    assert.equal((await fake.client.listIdentities({ tag: 'none' })).identities.length, 0);
  });

  it('changes what is set and leaves the rest', async () => {
    const id = await enrol('Alice', 'alice');
    await fake.client.updateIdentity({ id, tags: { tags: ['x'] }, metadata: { entries: { a: 'b' } } });
    const changed = await fake.client.updateIdentity({ id, name: 'Alicia', tags: {} });
    assert.deepEqual([changed.name, changed.tags, changed.metadata], ['Alicia', [], { a: 'b' }]);
    await refused(fake.client.updateIdentity({ id, name: '' }), 'INVALID_ARGUMENT', 'MISSING', 'name');
  });

  it('keeps what allows a person to be kept, and until when', async () => {
    const at = { seconds: Math.floor(Date.now() / 1000) + 3600, nanos: 5_000_000 };
    const said = { legalBasis: 'consent', purpose: 'the lab door', reference: 'HR-1' };
    const { identity } = await fake.client.enroll({ name: 'Alice', images: [picture('alice')], consent: { ...said, expiresAt: at } });
    assert.deepEqual([identity?.consent, identity?.expired], [{ ...said, expiresAt: at }, false]);
    const id = identity?.id ?? '';
    assert.deepEqual((await fake.client.updateIdentity({ id, name: 'Alicia' })).consent, { ...said, expiresAt: at });
    assert.deepEqual((await fake.client.updateIdentity({ id, consent: said })).consent, { ...said, expiresAt: null });
    const unsaid = await enrol('Bob', 'bob');
    assert.equal((await fake.client.getIdentity({ id: unsaid })).consent, null);
  });

  it('shows that an identity has expired until it is erased', async () => {
    const inAMoment = { seconds: Math.floor(Date.now() / 1000) + 1, nanos: 0 };
    const { identity } = await fake.client.enroll({ name: 'Alice', images: [picture('alice')], consent: { expiresAt: inAMoment } });
    assert.equal(identity?.expired, false);
    await until(() => Date.now() >= inAMoment.seconds * 1000);
    assert.equal((await fake.client.getIdentity({ id: identity.id })).expired, true);
    assert.deepEqual((await fake.client.listIdentities({})).identities.map(({ expired }) => expired), [true]);
  });

  it('names what is wrong with a consent, and what to do', async () => {
    const ok = { name: 'A', images: [picture('a')] };
    const past = { seconds: 1_000_000_000, nanos: 0 };
    const error = await refused(fake.client.enroll({ ...ok, consent: { expiresAt: past } }), 'INVALID_ARGUMENT', 'EXPIRED_ALREADY', 'consent.expires_at');
    assert.match(error.cure, /time to come/);
    await refused(fake.client.enroll({ ...ok, consent: { expiresAt: { seconds: 1e14, nanos: 0 } } }), 'INVALID_ARGUMENT', 'BAD_TIME', 'consent.expires_at');
    await refused(fake.client.enroll({ ...ok, consent: { purpose: 'x'.repeat(1025) } }), 'INVALID_ARGUMENT', 'TOO_LONG', 'consent.purpose');
    const id = await enrol('Alice', 'alice');
    await refused(fake.client.enroll({ identityId: id, images: ok.images, consent: { purpose: 'x' } }), 'INVALID_ARGUMENT', 'NOT_CHANGED_HERE', 'consent');
    await refused(fake.client.updateIdentity({ id, consent: { expiresAt: past } }), 'INVALID_ARGUMENT', 'EXPIRED_ALREADY', 'consent.expires_at');
  });

  it('moves and deletes faces and deletes identities', async () => {
    const [a, b] = [await enrol('A', 'a1', 'a2'), await enrol('B', 'b1')];
    const { faces } = await fake.client.getIdentity({ id: a });
    const moved = await fake.client.moveFace({ faceId: faces[0]?.id ?? '', toIdentityId: b });
    assert.deepEqual([moved.from?.faces.length, moved.to?.faces.length], [1, 2]);
    assert.equal((await fake.client.deleteFace({ faceId: faces[0]?.id ?? '' })).faces.length, 1);
    assert.equal((await fake.client.deleteIdentity({ id: a })).facesDeleted, 1);
    const stats = await fake.client.stats();
    assert.deepEqual([stats.identities, stats.faces, stats.indexFaces, stats.network], [1, 1, 1, 'fake-network']);
  });

  it('keeps collections apart', async () => {
    await fake.client.enroll({ collection: 'visitors', name: 'V', images: [picture('v')] });
    assert.equal((await fake.client.stats()).identities, 0);
    assert.equal((await fake.client.stats({ collection: 'visitors' })).identities, 1);
  });

  it('names unknown ids', async () => {
    await refused(fake.client.getIdentity({ id: 'x' }), 'NOT_FOUND', 'IDENTITY_NOT_FOUND', 'id');
    await refused(fake.client.deleteIdentity({ id: 'x' }), 'NOT_FOUND', 'IDENTITY_NOT_FOUND');
    await refused(fake.client.deleteFace({ faceId: 'x' }), 'NOT_FOUND', 'FACE_NOT_FOUND', 'face_id');
    await refused(fake.client.moveFace({ faceId: 'x', toIdentityId: 'y' }), 'NOT_FOUND', 'FACE_NOT_FOUND');
    await refused(fake.client.enroll({ identityId: 'x', images: [picture('a')] }), 'NOT_FOUND', 'IDENTITY_NOT_FOUND');
  });

  it('names the field that is wrong', async () => {
    const { client } = fake;
    const ok = { name: 'A', images: [picture('a')] };
    await refused(client.enroll({ ...ok, images: [] }), 'INVALID_ARGUMENT', 'NO_IMAGES', 'images');
    await refused(client.enroll({ ...ok, images: Array.from({ length: 17 }, () => picture('a')) }), 'INVALID_ARGUMENT', 'TOO_MANY', 'images');
    await refused(client.enroll({ ...ok, images: [picture('a'), {}] }), 'INVALID_ARGUMENT', 'NO_IMAGE', 'images[1].image');
    await refused(client.enroll({ ...ok, images: [{ ...picture('a'), which: { rule: 'ALL' } }] }), 'INVALID_ARGUMENT', 'UNKNOWN_VALUE', 'images[0].which.rule');
    await refused(client.enroll({ ...ok, which: { box: { x: 1, y: 1, width: 0, height: 5 } } }), 'INVALID_ARGUMENT', 'BAD_BOX', 'which.box');
    await refused(client.enroll({ images: ok.images }), 'INVALID_ARGUMENT', 'NO_NAME', 'name');
    await refused(client.enroll({ ...ok, name: 'x'.repeat(257) }), 'INVALID_ARGUMENT', 'TOO_LONG', 'name');
    await refused(client.enroll({ ...ok, tags: ['fine', ''] }), 'INVALID_ARGUMENT', 'MISSING', 'tags[1]');
    await refused(client.enroll({ ...ok, metadata: { note: 'x'.repeat(1025) } }), 'INVALID_ARGUMENT', 'TOO_LONG', 'metadata["note"]');
    await refused(client.enroll({ ...ok, collection: 'no/slash' }), 'INVALID_ARGUMENT', 'BAD_COLLECTION', 'collection');
    await refused(client.listIdentities({ pageSize: 1001 }), 'INVALID_ARGUMENT', 'OUT_OF_RANGE', 'page_size');
    await refused(client.getIdentity({}), 'INVALID_ARGUMENT', 'MISSING', 'id');
    await refused(client.moveFace({ faceId: 'a' }), 'INVALID_ARGUMENT', 'MISSING', 'to_identity_id');
  });
});

describe('Search and Verify', () => {
  let fake: FakeServer;
  before(async () => {
    fake = await startFake();
    await fake.client.enroll({ name: 'Alice', images: [picture('alice')] });
  });
  after(() => fake.stop());

  it('find by picture and by embedding', async () => {
    const byPicture = await fake.client.search({ ...picture('stranger alice'), topK: 1 });
    assert.deepEqual(byPicture.faces.map((face) => face.decision?.kind), ['UNKNOWN', 'KNOWN']);
    const values = Array.from(embeddingFor('alice'), (value) => value * 3);
    const byEmbedding = await fake.client.search({ embedding: { values, network: 'fake-network' } });
    assert.equal(byEmbedding.faces[0]?.matches[0]?.name, 'Alice');
    assert.ok(Math.abs(byEmbedding.faces[0].matches[0].similarity - 1) < 1e-5);
  });

  it('refuse embeddings that cannot be compared', async () => {
    const { client } = fake;
    await refused(client.search({ embedding: { values: [1, 2] } }), 'INVALID_ARGUMENT', 'BAD_EMBEDDING', 'embedding.values');
    await refused(client.search({ embedding: { values: Array<number>(256).fill(0) } }), 'INVALID_ARGUMENT', 'BAD_EMBEDDING', 'embedding.values');
    await refused(client.search({ embedding: { values: Array<number>(256).fill(1), network: 'other' } }), 'FAILED_PRECONDITION', 'OTHER_NETWORK', 'embedding.network');
    await refused(client.search({}), 'INVALID_ARGUMENT', 'NO_IMAGE', 'image');
  });

  it('say which picture is at fault', async () => {
    const { client } = fake;
    const [{ image: alice }, { image: bad }, { image: nobody }] = [picture('alice'), picture('!broken'), picture('')];
    await refused(client.search({ image: bad }), 'INVALID_ARGUMENT', 'CORRUPT', 'image.encoded');
    await refused(client.verify({ a: alice, b: bad }), 'INVALID_ARGUMENT', 'CORRUPT', 'b.encoded');
    await refused(client.verify({ a: nobody, b: alice }), 'FAILED_PRECONDITION', 'NO_FACE', 'a');
    await refused(client.verify({ a: alice }), 'INVALID_ARGUMENT', 'NO_IMAGE', 'b');
    await refused(client.search({ ...picture('alice bob'), which: { rule: 'ONLY' } }), 'FAILED_PRECONDITION', 'SEVERAL_FACES', 'which');
  });

  it('tell whether two pictures show one person', async () => {
    const [{ image: alice }, { image: bob }] = [picture('alice'), picture('bob')];
    const same = await fake.client.verify({ a: alice, b: alice });
    assert.deepEqual([same.same, same.threshold], [true, 0.5]);
    assert.equal((await fake.client.verify({ a: alice, b: bob })).same, false);
    const strict = await fake.client.verify({ a: alice, b: bob, threshold: -1 });
    assert.deepEqual([strict.same, strict.threshold], [true, -1]);
  });

  it('ask for what faces like those that are compared call for', async () => {
    const asked: (readonly Float32Array[])[] = [];
    fake.vision.bar = (_, ...faces) => {
      asked.push(faces);
      return 0.6;
    };
    const verified = await fake.client.verify({ a: picture('alice').image, b: picture('bob').image });
    assert.equal(verified.threshold.toFixed(4), '0.6000');
    assert.deepEqual(asked, [[embeddingFor('alice'), embeddingFor('bob')]]);
  });
});

describe('Export and Import', () => {
  let fake: FakeServer;
  beforeEach(async () => (fake = await startFake()));
  afterEach(() => fake.stop());
  const face = (name: string): { embedding: Buffer } => ({ embedding: bytesOf(embeddingFor(name)) });
  const record = (name: string): object => ({ name, network: 'fake-network', faces: [face(name)] });
  const importAll = async (records: object[], config = {}): Promise<ImportResponse[]> => {
    const answers: ImportResponse[] = [];
    for await (const answer of fake.client.import(config, records)) answers.push(answer);
    return answers;
  };

  it('take a gallery out and in again', async () => {
    await importAll(['a', 'b', 'c'].map(record));
    const exported = [];
    for await (const one of fake.client.export()) exported.push(one);
    assert.deepEqual(exported.map(({ name }) => name), ['a', 'b', 'c']);
    const other = await startFake();
    for await (const answer of other.client.import({}, exported)) assert.equal(answer.outcome, 'IMPORTED');
    const { faces } = await other.client.search({ embedding: { values: Array.from(embeddingFor('b')) } });
    assert.equal(faces[0]?.matches[0]?.name, 'b');
    await other.stop();
  });

  it('answer every record in order, though several are under way', async () => {
    let [working, most] = [0, 0];
    fake.gallery.beforeImport = async () => {
      most = Math.max(most, ++working);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
      working--;
    };
    const answers = await importAll(Array.from({ length: 50 }, (_, i) => record(`p${i}`)));
    assert.deepEqual(answers.map((answer) => answer.record), Array.from({ length: 50 }, (_, i) => i + 1));
    assert.ok(most > 1 && most <= 8, String(most));
  });

  it('refuse a record that cannot be taken, and go on', async () => {
    const wrongLength = Buffer.from(embeddingFor('x').map((value) => value * 2).buffer);
    const answers = await importAll([
      record('good'),
      { ...record(''), id: 'no-name' },
      { ...record('other'), network: 'another' },
      { ...record('short'), faces: [{ embedding: Buffer.alloc(12) }] },
      { ...record('long'), faces: [{ embedding: wrongLength }] },
      { name: 'no faces' },
    ]);
    assert.deepEqual(answers.map(({ outcome }) => outcome), ['IMPORTED', 'REFUSED', 'REFUSED', 'REFUSED', 'REFUSED', 'IMPORTED']);
    assert.equal(answers[1]?.id, 'no-name');
    assert.match(answers[2]?.message ?? '', /another network/);
    assert.match(answers[3]?.message ?? '', /record\.faces\[0\]\.embedding has 12 bytes/);
  });

  it('carry consent, and refuse a record whose time has passed', async () => {
    const said = { legalBasis: 'contract', purpose: '', reference: '', expiresAt: { seconds: Math.floor(Date.now() / 1000) + 60, nanos: 0 } };
    const answers = await importAll([{ ...record('a'), consent: said }, { ...record('b'), consent: { expiresAt: { seconds: 1, nanos: 0 } } }]);
    assert.deepEqual(answers.map(({ outcome }) => outcome), ['IMPORTED', 'REFUSED']);
    assert.match(answers[1]?.message ?? '', /record\.consent\.expires_at is 1970-01-01T00:00:01\.000Z, which has passed/);
    const exported = [];
    for await (const one of fake.client.export()) exported.push(one.consent);
    assert.deepEqual(exported, [said]);
  });

  it('skip or replace what is there, as configured', async () => {
    await importAll([{ ...record('a'), id: 'one' }]);
    assert.equal((await importAll([{ ...record('b'), id: 'one' }]))[0]?.outcome, 'SKIPPED');
    assert.equal((await importAll([{ ...record('b'), id: 'one' }], { onConflict: 'REPLACE' }))[0]?.outcome, 'REPLACED');
    assert.equal((await fake.client.getIdentity({ id: 'one' })).name, 'b');
  });

  it('want the configuration first, and only first', async () => {
    const call = fake.stubs.gallery.import();
    let code: number | undefined;
    call.on('data', () => undefined).on('error', (error: Error & { code: number }) => (code = error.code));
    call.write({ record: record('a') });
    await until(() => code === 3);
  });
});
