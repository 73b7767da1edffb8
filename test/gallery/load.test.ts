import assert from 'node:assert/strict';
import { openForReading, type Connection } from '../../src/gallery/database.js';
import { CollectionIndex } from '../../src/gallery/index/collection-index.js';
import { filler } from '../../src/gallery/index/fill.js';
import { Graph } from '../../src/gallery/index/graph.js';
import { loadFaces, loadTogether } from '../../src/gallery/index/load.js';
import { VECTORS } from '../../src/gallery/index/matrix.js';
import { direction, face, Folder, person, seeded, tamper } from './support.js';

const PEOPLE = 300;

describe('gallery: the faces that an index starts with', () => {
  const random = seeded(61);
  const vectors = Array.from({ length: PEOPLE }, () => direction(random));
  let folder: Folder;
  let db: Connection;
  before(async () => {
    folder = new Folder();
    const gallery = await folder.open();
    const enrol = (vector: Float32Array, i: number, collection: string) =>
      gallery.enroll({ ...person([face(vector, `f${i}`), face(direction(random), `g${i}`)], { id: `p${i}` }), collection });
    await Promise.all(vectors.flatMap((vector, i) => [enrol(vector, i, 'default'), enrol(direction(random), i, 'other')]));
    for (let i = 0; i < PEOPLE; i += 3) await gallery.deleteFace('default', `g${i}`);
    for (let i = 1; i < PEOPLE; i += 3) await gallery.moveFace('default', `g${i}`, 'p0'); // owners are not in the order of labels
    await gallery.close();
    db = openForReading(folder.dir);
  });
  after(async () => {
    db.close();
    await folder.remove();
  });

  const expectAll = (index: CollectionIndex): void => {
    const rows = db.prepare<[], { label: number; identity: number; vector: Buffer }>(
      "SELECT label, identity, vector FROM face WHERE collection = (SELECT number FROM collection WHERE name = 'default') ORDER BY label").all();
    assert.equal(index.matrix.size, rows.length);
    for (const { label, identity, vector } of rows) {
      const row = index.matrix.row(label) ?? NaN;
      assert.deepEqual([index.matrix.label(row), index.matrix.owner(row)], [label, identity]);
      const held = Float32Array.from(index.matrix.vector(row));
      assert.ok(Buffer.from(held.buffer).equals(vector) || held.every((value, i) => Math.abs(value - vector.readFloatLE(4 * i)) < 1e-6));
      assert.ok(Math.abs(Math.hypot(...held) - 1) < 1e-6);
    }
  };

  it('are those of its collection, by labels, with their owners', () => {
    const index = new CollectionIndex();
    loadFaces(db, 'default', index);
    expectAll(index);
    const none = new CollectionIndex();
    loadFaces(db, 'nobody', none);
    assert.equal(none.matrix.size, 0);
  });

  it('are the same when threads bring them, and a graph gets them too', async () => {
    const [index, graph] = [new CollectionIndex(), new Graph()];
    await loadTogether({ db, dir: folder.dir, collection: 'default', index, graph }, 0);
    expectAll(index);
    const other = new Graph();
    for (let row = 0; row < index.matrix.rows; row++) other.add(row, index.matrix.vector(row));
    const codes = (of: Graph): Uint8Array => Uint8Array.from(of.space.bytes(of.space.integers(128, 1)[0] as number, 512).subarray(0, 264));
    assert.deepEqual(codes(graph).subarray(0, 260), codes(other).subarray(0, 260));
  });

  it('leave a row of zeros for one that went meanwhile, and nobody else in its place', () => {
    const index = new CollectionIndex();
    const rows = db.prepare<[], { label: number; identity: number }>(
      "SELECT label, identity FROM face WHERE collection = (SELECT number FROM collection WHERE name = 'default') ORDER BY label").all();
    const labels = new Uint32Array(new SharedArrayBuffer(4 * rows.length));
    labels.set(rows.map(({ label }) => label));
    index.seat(labels, Uint32Array.from(rows, ({ identity }) => identity));
    const label = index.matrix.label(7);
    tamper(`${folder.dir}/gallery.db`, `DELETE FROM face WHERE label = ${label}`);
    filler(db, { collection: 'default', labels, vectors: VECTORS, blocks: index.matrix.blocks })(0, labels.length);
    assert.ok(index.matrix.vector(7).every((value) => value === 0));
    assert.ok(index.matrix.vector(8).some((value) => value !== 0));
    index.remove(label);
    expectAll(index);
  });
});
