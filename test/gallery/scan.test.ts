import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { textNeedle, vectorNeedle } from '../../src/gallery/erasure/needle.js';
import { bytesLeft, scanFolder } from '../../src/gallery/erasure/scan.js';
import { direction, seeded } from './support.js';

const MEBIBYTE = 1 << 20;

describe('gallery: the scan for what should be gone', () => {
  const random = seeded(41);
  const vector = Buffer.from(direction(random).buffer);
  const much = Buffer.from(Uint8Array.from({ length: 3 * MEBIBYTE }, () => random() * 256));
  const noise = (length: number): Buffer => Buffer.from(much.subarray(0, length));
  let dir: string;
  beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'glimpse-scan-')); });
  afterEach(() => { rmSync(dir, { recursive: true }); });

  /** A file of noise with this in it. */
  const plant = (name: string, what: Uint8Array, at: number, size = at + what.length + 1000): Buffer => {
    const bytes = noise(size);
    bytes.set(what, at);
    mkdirSync(join(dir, name, '..'), { recursive: true });
    writeFileSync(join(dir, name), bytes);
    return bytes;
  };
  const finds = async (...needles: Parameters<typeof scanFolder>[1]): Promise<unknown[]> =>
    (await scanFolder(dir, needles)).finds.map(({ file, offset, length }) => [file, offset, length]);

  it('finds a whole vector in every kind of file, and tells each file’s bytes', async () => {
    const names = ['gallery.db', 'gallery.db-wal', 'index/default.hnsw', 'index/default.hnsw.tmp', 'a/b/c'];
    const bytes = names.map((name, i) => plant(name, vector, 4000 + i));
    writeFileSync(join(dir, 'empty'), '');
    const scan = await scanFolder(dir, [vectorNeedle(vector)]);
    assert.deepEqual(scan.finds, names.map((file, i) => ({ file, offset: 4000 + i, length: 1024, needle: 0 })).sort((a, b) => (a.file < b.file ? -1 : 1)));
    assert.equal(bytesLeft(scan.finds), 5 * 1024);
    const sha256 = (of: Buffer): string => createHash('sha256').update(of).digest('hex');
    assert.deepEqual(scan.files.find(({ name }) => name === 'gallery.db'), { name: 'gallery.db', size: bytes[0]?.length, sha256: sha256(bytes[0] ?? noise(0)) });
    assert.deepEqual(scan.files.find(({ name }) => name === 'empty')?.size, 0);
  });

  it('finds any 64 bytes of it, wherever they are cut out, and nothing shorter', async () => {
    for (let from = 0; from <= 960; from += 7) {
      plant('piece', vector.subarray(from, from + 64), 100 + from);
      const [[, offset, length] = []] = await finds(vectorNeedle(vector)) as [string, number, number][];
      // The noise beside it may go on as the vector does, by chance.
      assert.ok(offset !== undefined && offset <= 100 + from && 100 + from - offset <= 3 && (length ?? 0) >= 64, `cut at ${from}`);
    }
    writeFileSync(join(dir, 'piece'), Buffer.concat([Buffer.from([~(vector[99] ?? 0)]), vector.subarray(100, 163), Buffer.from([~(vector[163] ?? 0)])]));
    assert.deepEqual(await finds(vectorNeedle(vector)), []);
  });

  it('finds it across the borders of chunks, once', async () => {
    for (const border of [MEBIBYTE, 2 * MEBIBYTE]) {
      for (const before of [0, 1, 3, 31, 32, 63, 64, 500, 1000, 1023, 1024]) {
        plant('chunks', vector, border - before, 2 * MEBIBYTE + 2000);
        assert.deepEqual(await finds(vectorNeedle(vector)), [['chunks', border - before, 1024]], `${before} bytes before ${border}`);
      }
    }
  });

  it('finds it at the very start and the very end', async () => {
    plant('start', vector, 0);
    plant('end', vector, 5000, 6024);
    assert.deepEqual(await finds(vectorNeedle(vector)), [['end', 5000, 1024], ['start', 0, 1024]]);
  });

  it('finds texts, whole and only whole, beside vectors', async () => {
    plant('file', Buffer.from('xx Ada Lovelace yy'), 777);
    assert.deepEqual(await finds(textNeedle('name', 'Ada Lovelace'), vectorNeedle(vector), textNeedle('label', 'Lovelace yy')), [['file', 780, 12], ['file', 784, 11]]);
    assert.equal(bytesLeft((await scanFolder(dir, [textNeedle('name', 'Ada Lovelace'), textNeedle('label', 'Lovelace yy')])).finds), 15);
    assert.deepEqual(await finds(textNeedle('name', 'Ada Lovelaces'), textNeedle('name', 'ada lovelace')), []);
  });

  it('finds every one of many, and counts each', async () => {
    const others = Array.from({ length: 40 }, () => Buffer.from(direction(random).buffer));
    writeFileSync(join(dir, 'many'), Buffer.concat([...others, ...others]));
    const scan = await scanFolder(dir, others.map(vectorNeedle));
    assert.deepEqual([scan.finds.length, bytesLeft(scan.finds)], [80, 80 * 1024]);
    assert.deepEqual(scan.finds.map(({ needle }) => needle), [...others.keys(), ...others.keys()]);
  });

  it('does not take empty space for a vector that ends in zeros', async () => {
    const padded = Buffer.concat([vector.subarray(0, 768), Buffer.alloc(256)]);
    writeFileSync(join(dir, 'space'), Buffer.alloc(100_000));
    assert.deepEqual(await finds(vectorNeedle(padded)), []);
    plant('file', padded, 10);
    assert.equal((await finds(vectorNeedle(padded)) as [string, number, number][])[0]?.[1], 10);
  });

  it('finds nothing where nothing is', async () => {
    for (let i = 0; i < 3; i++) plant(`f${i}`, Buffer.from('other'), 5, 3 * MEBIBYTE);
    assert.deepEqual(await finds(vectorNeedle(vector), textNeedle('name', 'Ada Lovelace')), []);
  });
});
