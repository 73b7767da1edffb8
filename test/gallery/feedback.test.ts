import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Gallery } from '../../src/gallery/port.js';
import { MOST_REJECTIONS, REJECTION_DAYS } from '../../src/gallery/rejections.js';
import { until } from '../support/wait.js';
import { cosine, direction, face, Folder, person, refusal, seeded, unit } from './support.js';

const random = seeded(6);
const ada = direction(random);
/** A vector at this cosine from Ada's, in a direction of its own. */
const at = (similarity: number, aside = direction(random)): Float32Array => {
  const along = cosine(ada, aside);
  const across = unit(aside.map((value, i) => value - along * (ada[i] ?? 0)));
  return ada.map((value, i) => similarity * value + Math.sqrt(1 - similarity ** 2) * (across[i] ?? 0));
};

describe('gallery: feedback', () => {
  let folder: Folder;
  let gallery: Gallery;
  let id: string;
  beforeEach(async () => {
    folder = new Folder();
    gallery = await folder.open();
    ({ identity: { id } } = await gallery.enroll(person([face(ada)])));
    await gallery.enroll(person([face(direction(random))], { name: 'Somebody Else' }));
  });
  afterEach(() => folder.remove());

  const named = async (probe: Float32Array, from = gallery): Promise<boolean> => {
    const [matches = []] = await from.search('default', [probe], 5);
    return matches.some(({ identityId }) => identityId === id);
  };
  const judged = (probe: Float32Array) => ({ collection: 'default', identityId: id, probe, similarity: cosine(probe, ada) });

  it('a rejected face is not named again, and others are', async () => {
    const wrong = at(0.6);
    assert.ok(await named(wrong));
    const kept = await gallery.reject(judged(wrong));
    assert.equal(kept.rejections, 1);
    assert.ok(Math.abs(kept.expiresAt.getTime() - Date.now() - REJECTION_DAYS * 86_400_000) < 60_000);
    assert.equal(await named(wrong), false);
    assert.ok(await named(ada));
    assert.ok(await named(at(0.6)), 'another face as like, in another direction');
  });

  it('a face near the rejected one is not named, unless it is clearly nearer to the identity', async () => {
    const aside = direction(random);
    const wrong = at(0.6, aside);
    await gallery.reject(judged(wrong));
    for (const similarity of [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.99]) {
      const probe = at(similarity, aside);
      assert.equal(await named(probe), similarity >= cosine(probe, wrong) + 0.05, `at ${similarity}, ${cosine(probe, wrong).toFixed(3)} from the rejected`);
    }
    assert.ok(await named(at(0.95, aside)) && !(await named(at(0.7, aside))));
  });

  it('the others move up: as many are listed as were asked for', async () => {
    const wrong = at(0.6);
    await gallery.reject(judged(wrong));
    const [matches = []] = await gallery.search('default', [wrong], 1);
    assert.deepEqual(matches.map(({ name }) => name), ['Somebody Else']);
  });

  it('a confirmation drops the rejections that spoke against it, and no others', async () => {
    const [aside, other] = [direction(random), at(0.6)];
    await gallery.reject(judged(at(0.6, aside)));
    await gallery.reject(judged(other));
    assert.equal((await gallery.confirm(judged(at(0.65, aside)))).dropped, 1);
    assert.ok(await named(at(0.6, aside)));
    assert.equal(await named(other), false);
  });

  it('a merge takes rejections along', async () => {
    const wrong = at(0.6);
    await gallery.enroll(person([], { id: 'twin' }));
    await gallery.reject({ ...judged(wrong), identityId: 'twin' });
    await gallery.mergeIdentities('default', 'twin', id);
    assert.equal(await named(wrong), false);
    await gallery.close();
    assert.equal(await named(wrong, await folder.open()), false);
  });

  it('rejections outlive a restart', async () => {
    const wrong = at(0.6);
    await gallery.reject(judged(wrong));
    await gallery.close();
    assert.equal(await named(wrong, await folder.open()), false);
  });

  it('the same rejection twice is one', async () => {
    const wrong = at(0.6);
    await gallery.reject(judged(wrong));
    assert.equal((await gallery.reject(judged(wrong))).rejections, 1);
  });

  it('so many are kept of an identity: the oldest make room', async () => {
    const wrong = Array.from({ length: MOST_REJECTIONS + 2 }, () => at(0.6));
    for (const probe of wrong) await gallery.reject(judged(probe));
    assert.equal((await gallery.reject(judged(wrong.at(-1) ?? ada))).rejections, MOST_REJECTIONS);
    assert.deepEqual(await Promise.all(wrong.map((probe) => named(probe))), wrong.map((_, i) => i < 2));
  });

  it('a rejection whose time has passed says nothing any more, and is swept', async () => {
    const wrong = at(0.6);
    await gallery.reject(judged(wrong));
    await gallery.close();
    const db = new Database(join(folder.dir, 'gallery.db'));
    db.prepare('UPDATE rejection SET expires_at = ?').run(Date.now() - 1);
    const later = await folder.open({ sweepMilliseconds: 10 });
    assert.ok(await named(wrong, later));
    await until(() => db.prepare<[], number>('SELECT count(*) FROM rejection').pluck().get() === 0);
    db.close();
  });

  it('goes with the identity, and the receipt proves it', async () => {
    const wrong = at(0.6);
    await gallery.reject(judged(wrong));
    const receipt = await gallery.erase('default', id);
    assert.deepEqual([receipt.bytesLeft, receipt.erased.filter(({ kind, searched }) => kind === 'vector' && searched).length], [0, 2]);
    const bytes = Buffer.from(wrong.buffer, wrong.byteOffset, wrong.byteLength);
    for (const name of ['gallery.db', 'gallery.db-wal']) assert.equal((await readFile(join(folder.dir, name))).indexOf(bytes.subarray(0, 64)), -1, name);
  });

  it('is told to the audit', async () => {
    await gallery.as({ actor: 'token:t', peer: 'p', request: 'r' }).reject(judged(at(0.6)));
    await gallery.as({ actor: 'token:t', peer: 'p', request: 'r' }).confirm(judged(ada));
    const db = new Database(join(folder.dir, 'gallery.db'), { readonly: true });
    const rows = db.prepare('SELECT actor, call, identities FROM audit ORDER BY number DESC LIMIT 2').all();
    db.close();
    assert.deepEqual(rows, ['Confirm', 'Reject'].map((call) => ({ actor: 'token:t', call, identities: JSON.stringify([id]) })));
  });

  it('refuses an identity that is not there', async () => {
    const nobody = { ...judged(ada), identityId: 'nobody' };
    await assert.rejects(gallery.reject(nobody), refusal('notFound', 'IDENTITY_NOT_FOUND'));
    await assert.rejects(gallery.confirm(nobody), refusal('notFound', 'IDENTITY_NOT_FOUND'));
  });
});
