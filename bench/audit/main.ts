/** `node dist/bench/audit/main.js`: what the audit costs. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appender } from '../../src/gallery/audit/append.js';
import { type Connection, openForWriting } from '../../src/gallery/database.js';
import { openGallery } from '../../src/gallery/open.js';
import { enroller } from '../../src/gallery/store/enrol.js';
import { identityReader } from '../../src/gallery/store/identities.js';
import { inserter } from '../../src/gallery/store/insert.js';
import { answeredRequests } from '../../src/gallery/store/requests.js';
import { machine, machineText } from '../support/machine.js';
import { asked, whole } from '../support/options.js';
import { quantile, round } from '../support/stats.js';
import { table } from '../support/table.js';

const NETWORK = '0'.repeat(64);
const QUALITY = { score: 1, sharpness: 1, visibility: 1, eyeDistance: 60 };
const CALLER = { actor: `token:${randomUUID()}`, peer: '192.0.2.17:54321', request: randomUUID() };

const USAGE = `node dist/bench/audit/main.js [--rounds N] [--dir FOLDER] [--json]
N enrolments (2000) of one face with their row and without it, in turns, each in a transaction of its own that is forced to disk; the answers
that wait for a row (the first of a person in a stream, and every search that names somebody); bytes a row. FOLDER is on the disk to measure.`;
const values = asked(USAGE, { rounds: { type: 'string', default: '2000' }, dir: { type: 'string', default: tmpdir() }, json: { type: 'boolean', default: false } });
const rounds = whole('--rounds', values.rounds, 1);

/** Milliseconds of each call. */
async function timed(count: number, work: () => unknown): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times;
}

function enrolments(db: Connection): { plain: () => void; audited: () => void } {
  const identities = identityReader(db);
  const enrol = enroller(db, inserter(db, NETWORK), identities, answeredRequests(db, identities, 60));
  const append = appender(db);
  const one = (id: string): void => {
    const vectors = Float32Array.from({ length: 256 }, () => (Math.random() - 0.5) / 8);
    const identity = { id, name: 'Ada', externalId: '', metadata: {}, tags: [] };
    enrol({ collection: 'default', identity, faces: [{ id: randomUUID(), label: '', quality: QUALITY }], vectors });
  };
  const plain = db.transaction(() => { one(randomUUID()); });
  const audited = db.transaction(() => {
    const id = randomUUID();
    one(id);
    append(CALLER, { call: 'Enroll', collection: 'default', identities: [id] });
  });
  return { plain: () => { plain.immediate(); }, audited: () => { audited.immediate(); } };
}

/** Milliseconds of each row by itself, its transaction open already: what it adds to a write, but for its share of the pages. */
function appends(db: Connection, count: number): number[] {
  const append = appender(db);
  const deed = { call: 'Enroll', collection: 'default', identities: [randomUUID()] } as const;
  const run = db.transaction(() => Array.from({ length: count }, () => {
    const start = performance.now();
    append(CALLER, deed);
    return performance.now() - start;
  }));
  return run.immediate();
}

const bytesOf = (db: Connection): number =>
  (db.prepare<[], number>("SELECT sum(pgsize) FROM dbstat WHERE name = 'audit'").pluck().get() ?? NaN) / (db.prepare<[], number>('SELECT count(*) FROM audit').pluck().get() ?? NaN);

const dir = mkdtempSync(join(values.dir, 'glimpse-audit-'));
const before = machine();
try {
  const gallery = await openGallery({ dir, network: NETWORK, requestMemorySeconds: 60 });
  const person = randomUUID();
  const notes = await timed(rounds, () => gallery.as(CALLER).note({ call: 'Identify', collection: 'default', identities: [person] }));
  await gallery.close();
  const db = openForWriting(dir);
  const { plain, audited } = enrolments(db);
  const [without, with_]: [number[], number[]] = [[], []];
  for (let i = 0; i < rounds; i++) {
    without.push(...(await timed(1, plain)));
    with_.push(...(await timed(1, audited)));
  }
  const alone = appends(db, rounds);
  const rowBytes = bytesOf(db);
  db.close();
  const row = (name: string, times: readonly number[]): [string, number, number] => [name, round(quantile(times, 0.5), 3), round(quantile(times, 0.99), 2)];
  const rows = [row('enrolment without its row', without), row('enrolment with its row', with_), row('the row alone, within a transaction', alone), row('an answer that waits for its row', notes)];
  if (values.json) console.log(JSON.stringify({ machine: before, rounds, p50Ms: rows.map(([, p50]) => p50), p99Ms: rows.map(([, , p99]) => p99), rowBytes: Math.round(rowBytes) }));
  else console.log(`${machineText(before)}\n\n${table(['', 'p50 ms', 'p99 ms'], rows)}\n\n${Math.round(rowBytes)} bytes a row`);
} finally {
  rmSync(dir, { recursive: true });
}
