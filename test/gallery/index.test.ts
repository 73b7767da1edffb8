import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CollectionIndex } from '../../src/gallery/index/collection-index.js';
import { recallAt1 } from '../../src/gallery/index/recall.js';
import { ALL_COMPARED, type Tiers } from '../../src/gallery/index/tiers.js';
import type { Gallery, IdentityRecord } from '../../src/gallery/port.js';
import { cosine, direction, face, Folder, linkedBeyond, seeded, skimmedBeyond } from './support.js';

interface Row {
  readonly label: number;
  readonly identity: number;
  readonly vector: Float32Array;
}

/** Faces of people: four near each centre. */
function people(count: number, random: () => number): Row[] {
  return Array.from({ length: count }, () => direction(random))
    .flatMap((centre, identity) => Array.from({ length: 4 }, (_, i) =>
      ({ label: identity * 4 + i + 1, identity: identity + 1, vector: direction(random, centre, 0.7) })));
}

/** Identities by their nearest face, best first. */
function bruteForce(rows: readonly Row[], probe: Float32Array, topK: number): number[] {
  const best = new Map<number, number>();
  for (const { identity, vector } of rows) best.set(identity, Math.max(best.get(identity) ?? -1, cosine(vector, probe)));
  return [...best].sort(([, a], [, b]) => b - a).slice(0, topK).map(([identity]) => identity);
}

function build(rows: readonly Row[], tiers: Tiers): CollectionIndex {
  const index = new CollectionIndex(tiers);
  for (const { label, identity, vector } of rows) index.set(label, identity, vector);
  while (index.work());
  return index;
}

function recall(index: CollectionIndex, rows: readonly Row[], probes: readonly Float32Array[], topK: number): number {
  const hits = probes.map((probe) => {
    const right = bruteForce(rows, probe, topK);
    const found = index.search(probe, topK).map(({ identity }) => identity);
    return right.filter((identity) => found.includes(identity)).length / right.length;
  });
  return hits.reduce((sum, hit) => sum + hit, 0) / hits.length;
}

describe('gallery: the index of a collection', () => {
  const random = seeded(6);
  const rows = people(300, random);
  const probes = Array.from({ length: 40 }, (_, i) => direction(random, (rows[i * 25] as Row).vector, 0.7));

  it('is exact without a graph', () => {
    const index = build(rows, ALL_COMPARED);
    assert.equal(index.serving, undefined);
    assert.equal(recall(index, rows, probes, 5), 1);
  });

  for (const [way, tiers] of [['with a graph', linkedBeyond(500)], ['that is skimmed', skimmedBeyond(500)]] as const) {
    describe(way, () => {
      it('recalls nearly as much, and similarities stay exact', () => {
        const index = build(rows, tiers);
        assert.equal(index.serving?.graph.size, rows.length);
        assert.ok(recall(index, rows, probes, 1) >= 0.99);
        assert.ok(recall(index, rows, probes, 10) >= 0.97);
        for (const { label, similarity } of index.search(probes[0] as Float32Array, 10)) {
          assert.ok(Math.abs(similarity - cosine((rows[label - 1] as Row).vector, probes[0] as Float32Array)) < 1e-6);
        }
      });

      it('finds as many identities as are wanted, though one has hundreds of faces', () => {
        const crowd = direction(random);
        const many = Array.from({ length: 1_100 }, (_, i) => ({ label: 10_000 + i, identity: 9_999, vector: direction(random, crowd, 0.3) }));
        const found = build([...rows, ...many], tiers).search(crowd, 8);
        assert.equal(found[0]?.identity, 9_999);
        assert.deepEqual(found.map(({ identity }) => identity), bruteForce([...rows, ...many], crowd, 8));
      });

      it('answers for a face before it has its place', () => {
        const index = build(rows, tiers);
        const vector = direction(random);
        index.set(50_000, 7_777, vector);
        assert.equal(index.search(vector, 1)[0]?.identity, 7_777);
      });

      it('never gives back what was removed, and neither wears out nor grows', () => {
        const index = build(rows, tiers);
        const [gone, kept] = [rows.filter(({ label }) => label % 5 < 2), rows.filter(({ label }) => label % 5 >= 2)];
        const [before, nodes] = [recall(index, rows, probes, 5), index.serving?.graph.nodes];
        for (let round = 0; round < 5; round++) {
          const first = 10_000 * round + 10_000;
          for (const { label } of gone) assert.equal(index.remove(round === 0 ? label : label + first - 10_000), true);
          for (const { vector } of gone.slice(0, 50)) {
            assert.ok(index.search(vector, 10).every(({ label }) => kept[0] !== undefined && label % 5 >= 2 && label < 10_000));
          }
          assert.equal(index.serving?.graph.size, kept.length);
          assert.ok(recall(index, kept, probes, 5) >= 0.97);
          for (const { label, identity, vector } of gone) index.set(label + first, identity, vector);
          while (index.work());
        }
        assert.ok(recall(index, rows, probes, 5) >= before - 0.01);
        assert.equal(index.serving?.graph.nodes, nodes);
      });

      it('goes back to comparing all when few are left', () => {
        const index = build(rows, tiers);
        for (const { label } of rows.slice(300)) index.remove(label);
        while (index.work());
        assert.equal(index.serving, undefined);
        assert.equal(recall(index, rows.slice(0, 300), probes, 3), 1);
      });
    });
  }

  it('changes its way as it grows and shrinks, and answers meanwhile', () => {
    const index = new CollectionIndex({ exactUpTo: 400, skimUpTo: 800 });
    const ways = new Set<string>();
    const look = (): void => {
      ways.add(index.serving === undefined ? 'all' : index.serving.graph.links ? 'linked' : 'skimmed');
      const { vector, identity } = rows.find(({ label }) => index.matrix.row(label) !== undefined) as Row;
      assert.equal(index.search(vector, 1)[0]?.identity, identity);
    };
    const order: string[] = [];
    const step = (): void => {
      ways.clear();
      for (let more = true; more; more = index.work()) look();
      look();
      for (const way of ways) if (order.at(-1) !== way) order.push(way);
    };
    for (const row of rows) {
      index.set(row.label, row.identity, row.vector);
      if (row.label % 200 === 0) step();
    }
    for (const { label } of rows.slice(0, 1_100)) {
      index.remove(label);
      if (label % 100 === 0) step();
    }
    assert.deepEqual(order, ['all', 'skimmed', 'linked', 'skimmed', 'all']);
  });
});

describe('gallery: the saved index', () => {
  const random = seeded(7);
  const vectors = Array.from({ length: 400 }, () => direction(random));
  const options = { tiers: linkedBeyond(100) };
  let master: Folder;
  let folder: Folder;
  let gallery: Gallery;
  let graph: string;
  let stamp: string;
  const workIn = (one: Folder): void => {
    folder = one;
    [graph, stamp] = [join(folder.dir, 'index', 'default.hnsw'), join(folder.dir, 'index', 'default.json')];
  };

  const record = (vector: Float32Array, id: string): IdentityRecord => ({
    id, name: id, externalId: '', metadata: {}, tags: [], createdAt: new Date(), faces: [{ ...face(vector, `face of ${id}`), createdAt: new Date() }],
  });
  const add = (some: readonly Float32Array[], prefix: string): Promise<unknown> =>
    Promise.all(some.map((vector, i) => gallery.import('default', record(vector, `${prefix}${i}`), 'SKIP')));
  const saved = async (): Promise<void> => {
    while (!existsSync(stamp) || (await gallery.stats('default')).waiting !== 0) await sleep(20);
  };
  const allFound = async (): Promise<void> => {
    const answers = await gallery.search('default', vectors, 1);
    assert.deepEqual(answers.map(([match]) => match?.identityId), vectors.map((_, i) => `p${i}`));
  };

  before(async () => {
    master = new Folder();
    workIn(master);
    gallery = await master.open(options);
    await add(vectors, 'p');
    await saved();
    await gallery.close();
  });
  after(() => master.remove());
  beforeEach(() => {
    workIn(new Folder());
    cpSync(master.dir, folder.dir, { recursive: true });
  });
  afterEach(() => folder.remove());

  const reopen = async (): Promise<void> => {
    gallery = await folder.open(options);
    await allFound();
  };

  it('is taken up again without a word', async () => {
    const before = readFileSync(graph);
    await reopen();
    assert.deepEqual(folder.warnings, []);
    assert.ok((await gallery.stats('default')).indexBytes > 40 * 1024);
    await gallery.close();
    assert.deepEqual(readFileSync(graph), before);
    await reopen();
    assert.deepEqual(folder.warnings, []);
  });

  const damages: [string, () => void][] = [
    ['a flipped bit in a link', () => flip(graph, 3_000)],
    ['a flipped bit at the end', () => flip(graph, readFileSync(graph).length - 2)],
    ['a file cut short', () => truncateSync(graph, 100_000)],
    ['an empty file', () => truncateSync(graph, 0)],
    ['a stamp that was changed', () => writeFileSync(stamp, readFileSync(stamp, 'utf8').replace(/"count":\d+/, '"count":1'))],
    ['a stamp that is rubbish', () => writeFileSync(stamp, '{')],
  ];
  for (const [name, damage] of damages) {
    it(`is built anew after ${name}, with a warning and right answers`, async () => {
      damage();
      await reopen();
      assert.equal(folder.warnings.length, 1, folder.warnings.join());
      await saved();
      await gallery.close();
      await reopen();
      assert.equal(folder.warnings.length, 1);
    });
  }

  it('is caught up with after a crash', async () => {
    await reopen();
    const later = Array.from({ length: 30 }, () => direction(random));
    await add(later, 'later ');
    const other = new Folder();
    cpSync(folder.dir, other.dir, { recursive: true }); // what a kill -9 now would leave
    const survivor = await other.open(options);
    const answers = await survivor.search('default', [...vectors, ...later], 1);
    assert.deepEqual(answers.map(([match]) => match?.identityId), [...vectors.map((_, i) => `p${i}`), ...later.map((_, i) => `later ${i}`)]);
    assert.deepEqual(other.warnings, []);
    await other.remove();
  });

  it('is not used for another state of the database', async () => {
    const other = new Folder();
    for (const file of [graph, stamp]) {
      await other.open(options).then((one) => one.close());
      writeFileSync(join(other.dir, 'index', file.slice(file.lastIndexOf('/') + 1)), readFileSync(file));
    }
    const elsewhere = await other.open(options);
    await elsewhere.import('default', record(vectors[5] as Float32Array, 'only'), 'SKIP');
    await elsewhere.close();
    const again = await other.open(options);
    assert.deepEqual((await again.search('default', [vectors[5] as Float32Array], 3))[0]?.map(({ identityId }) => identityId), ['only']);
    await other.remove();
  });

  it('holds nobody\'s vector, so that a deletion leaves it as it is, and is used after one', async () => {
    const holds = (vector: Float32Array): boolean => readFileSync(graph).includes(bytes(vector));
    assert.ok(!vectors.some(holds));
    await reopen();
    await gallery.deleteIdentity('default', 'p7');
    assert.ok(existsSync(graph));
    await gallery.close();
    const written = readFileSync(graph);
    gallery = await folder.open(options);
    assert.notEqual((await gallery.search('default', [vectors[7] as Float32Array], 1))[0]?.[0]?.identityId, 'p7');
    await gallery.close();
    assert.deepEqual(readFileSync(graph), written, 'the graph was built anew');
    assert.deepEqual(folder.warnings, []);
  });
});

const bytes = (vector: Float32Array): Buffer => Buffer.from(vector.buffer, vector.byteOffset, 64);

function flip(file: string, place: number): void {
  const content = readFileSync(file);
  content[place] = (content[place] ?? 0) ^ 4;
  writeFileSync(file, content);
}

describe('gallery: the watch over recall', () => {
  const random = seeded(23);
  const rows = people(300, random);

  it('sees a graph that has lost faces, and a fresh one has none lost', async () => {
    const index = build(rows, linkedBeyond(500));
    assert.equal(await recallAt1(index, 200), 1);
    const { matrix, serving } = index;
    for (let row = 0; row < matrix.rows; row += 2) serving?.graph.remove(row); // behind the back of the cover, which would compare them
    const spoilt = await recallAt1(index, 200);
    assert.ok(spoilt !== undefined && spoilt < 0.9, `${spoilt}`);
    index.renew();
    while (index.work());
    assert.notEqual(index.serving, serving);
    assert.equal(await recallAt1(index, 200), 1);
  });

  it('has nothing to say of an empty collection, or when it is told to stop', async () => {
    assert.equal(await recallAt1(new CollectionIndex(), 10), undefined);
    assert.equal(await recallAt1(build(rows, linkedBeyond(500)), 10, () => true), undefined);
  });

  it('publishes what it saw', async () => {
    const folder = new Folder();
    const gallery = await folder.open({ tiers: linkedBeyond(100) });
    assert.equal((await gallery.stats('default')).recall, 1);
    const createdAt = new Date();
    const record = ({ label, vector }: Row): IdentityRecord =>
      ({ id: `p${label}`, name: 'x', externalId: '', metadata: {}, tags: [], createdAt, faces: [{ ...face(vector), createdAt }] });
    await Promise.all(rows.slice(0, 300).map((row) => gallery.import('default', record(row), 'SKIP')));
    let recall: number | undefined;
    for (let tries = 0; recall === undefined && tries < 500; tries++) {
      await sleep(20);
      ({ recall } = await gallery.stats('default'));
    }
    assert.ok(recall !== undefined && recall >= 0.995);
    await folder.remove();
  });
});
