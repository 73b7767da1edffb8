import assert from 'node:assert/strict';
import { GlimpseError } from '../../src/errors.js';
import { type CallError, toDate, type WatchRequest, type WatchResponse } from '../../src/client/index.js';
import type { NewEvent } from '../../src/gallery/events.js';
import type { StreamConfig } from '../../src/generated/glimpse/v1/StreamConfig.js';
import type { RecordedFrame } from '../../src/pipeline/record.js';
import { type ReplaySettings, startReplay } from '../../src/pipeline/replay.js';
import { fromText } from '../../src/recording/codec.js';
import { Camera } from '../support/identify.js';
import { type FakeOptions, type FakeServer, startFake } from '../support/server.js';
import { until } from '../support/wait.js';

/** A watcher in a test's hand. */
class Watcher {
  readonly got: WatchResponse[] = [];
  error: CallError | undefined;
  ended = false;
  readonly #stop = new AbortController();

  constructor(client: FakeServer['client'], request: WatchRequest = {}) {
    void this.#read(client, request);
  }

  async #read(client: FakeServer['client'], request: WatchRequest): Promise<void> {
    try {
      for await (const answer of client.watch(request, { signal: this.#stop.signal })) this.got.push(answer);
    } catch (error) {
      this.error = error as CallError;
    }
    this.ended = true;
  }

  /** Has been told all there was. */
  async live(): Promise<this> {
    await until(() => this.ended || this.got.some(({ event }) => event === null), 'the end of what is kept');
    return this;
  }

  async told(count: number): Promise<string[]> {
    await until(() => this.ended || this.events.length >= count, `${count} events, not ${this.events.length}`);
    return this.events;
  }

  get events(): string[] {
    return this.got.flatMap(({ event }) => (event === null ? [] : `${event.cameraId} ${event.kind} ${event.identity?.name ?? `unknown ${event.anonymousId}`}`));
  }

  get cursors(): number[] {
    return this.got.filter(({ event }) => event !== null).map(({ cursor }) => Number(cursor.slice(9)));
  }

  async leave(): Promise<void> {
    this.#stop.abort();
    await until(() => this.ended, 'the end of the watch');
  }
}

const stored = (visit: number, rest: Partial<NewEvent> = {}): NewEvent => ({
  kind: 'APPEARED', visit: `visit ${visit}`, camera: 'gate', collection: 'default', at: 1000 * visit,
  details: { trackId: 1, firstSeen: 0, lastSeen: 0, box: { x: 0, y: 0, width: 1, height: 1 }, zones: [], reason: 'seen', anonymousId: String(visit) }, ...rest,
});

describe('events', () => {
  let fake: FakeServer;
  const start = async (options: FakeOptions = {}): Promise<void> => {
    fake = await startFake(options);
    await fake.client.enroll({ name: 'Alice', images: [{ image: { encoded: Buffer.from('alice') } }] });
  };
  afterEach(() => fake.stop());

  const gate = (config: StreamConfig = {}): Camera => new Camera(fake.stubs).configure({ cameraId: 'gate', framePolicy: 'ALL', visits: {}, ...config });
  const shoot = (camera: Camera, ms: number, picture: string): void =>
    camera.send({ frame: { sequence: ms, capturedAt: { seconds: 1_000_000 + Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 }, image: { encoded: Buffer.from(picture) } } });
  /** Alice is there for a second, somebody unknown for longer; then nobody. */
  const scene = (camera: Camera, from = 0): void => {
    for (const ms of [0, 250, 500, 750, 1000, 1250, 1500, 1750, 2000, 5800, 7000]) shoot(camera, from + ms, ms < 1000 ? 'alice bob' : ms < 2000 ? 'bob' : '');
  };
  const SCENE = ['gate APPEARED unknown 1', 'gate CONFIRMED Alice', 'gate APPEARED unknown 2', 'gate LEFT Alice', 'gate LEFT unknown 2'];

  it('a stream tells who comes and goes to everybody who watches, under the frames’ times', async () => {
    await start();
    const watchers = await Promise.all([1, 2, 3].map(() => new Watcher(fake.client).live()));
    const camera = gate();
    scene(camera);
    await camera.finish();
    for (const watcher of watchers) assert.deepEqual(await watcher.told(5), SCENE);
    const [appeared, confirmed, , left] = watchers[0]?.got.flatMap(({ event }) => event ?? []) ?? [];
    assert.deepEqual([appeared, confirmed, left].map((event) => toDate(event?.at ?? { seconds: 0, nanos: 0 }).getTime() - 1e9), [750, 750, 5750]);
    assert.equal(new Set([appeared?.visitId, confirmed?.visitId, left?.visitId]).size, 1);
    assert.deepEqual([confirmed?.trackId, confirmed?.identity?.threshold, confirmed?.previous, confirmed?.collection], [1, 0.5, null, 'default']);
    // The audit was told of the stream's naming, and of each watcher's.
    await until(() => fake.gallery.notes.filter(({ call }) => call === 'Watch').length === 3, 'the audit');
  });

  it('visits end with their stream, and events are on disk before their frame is answered', async () => {
    await start();
    const camera = gate();
    let written = (): void => undefined;
    const addEvents = fake.gallery.addEvents.bind(fake.gallery);
    fake.gallery.addEvents = (events) => new Promise<void>((resolve) => (written = resolve)).then(() => addEvents(events));
    // The first of four frames finds a face, the second confirms its track.
    for (const ms of [0, 200, 400, 600]) shoot(camera, ms, 'alice');
    await camera.answered(3);
    const watcher = await new Watcher(fake.client).live();
    assert.deepEqual([camera.answers.length, watcher.events], [3, []]);
    written();
    await camera.answered(4);
    assert.deepEqual(await watcher.told(2), SCENE.slice(0, 2));
    fake.gallery.addEvents = addEvents;
    await camera.finish();
    assert.deepEqual((await watcher.told(3))[2], 'gate LEFT Alice');
    assert.equal(watcher.got.at(-1)?.event?.reason, 'the stream ended');
  });

  it('a stream whose events cannot be written ends', async () => {
    await start();
    fake.gallery.addEvents = () => Promise.reject(new GlimpseError('unavailable', 'the disk is full', { reason: 'DISK_FULL', cure: 'free some' }));
    const camera = gate();
    for (const ms of [0, 200, 400, 600]) shoot(camera, ms, 'alice');
    const error = await camera.status();
    assert.deepEqual([error?.code, error?.reason], ['UNAVAILABLE', 'DISK_FULL']);
  });

  it('whoever comes back with a cursor, after any break, misses nothing and gets nothing twice', async () => {
    await start();
    const EACH = 40;
    let [cursor, sent] = ['', 0];
    const got: number[] = [];
    for (let breaks = 0; breaks < 10; breaks++) {
      const watcher = new Watcher(fake.connect(), cursor === '' ? { replay: true } : { cursor });
      const adding = (async () => {
        for (let i = 0; i < EACH; i++) {
          await fake.gallery.addEvents([stored((sent += 1))]);
          if (i % 10 === 9) await new Promise(setImmediate);
        }
      })();
      await until(() => watcher.got.length >= (breaks * 7) % EACH, 'some answers'); // no more than come if nothing was left over
      await Promise.all([adding, watcher.leave()]);
      got.push(...watcher.cursors);
      cursor = watcher.got.at(-1)?.cursor ?? cursor;
    }
    const last = await new Watcher(fake.client, { cursor }).live();
    got.push(...last.cursors);
    assert.deepEqual(got, Array.from({ length: sent }, (_, i) => i + 1));
  });

  it('a subscriber who does not read holds no more than a page or two, and gets all when they read', async () => {
    await start();
    await fake.gallery.addEvents(Array.from({ length: 3000 }, (_, i) => stored(i, { camera: 'gate '.repeat(400) })));
    const call = fake.stubs.recognition.watch({ replay: true }, fake.stubs.metadata);
    call.on('error', () => undefined);
    call.on('readable', () => undefined);
    const other = await new Watcher(fake.client, { cursor: '0badcafe-2990' }).live();
    assert.equal(other.events.length, 10);
    const { pages } = fake.gallery;
    assert.ok(pages <= 5, `${pages} pages of 12 and one for the other`);
    let got = 0;
    call.removeAllListeners('readable');
    call.on('data', ({ event }: WatchResponse) => (got += event === null ? 0 : 1));
    await until(() => got === 3000, 'all events');
    call.cancel();
  });

  it('filters say which events', async () => {
    await start();
    await fake.gallery.addEvents([stored(1), stored(2, { camera: 'hall' }), stored(2, { camera: 'hall', kind: 'CONFIRMED', identity: 'ada' }), stored(3, { collection: 'staff' })]);
    const which = async (request: WatchRequest): Promise<number[]> => (await new Watcher(fake.client, { replay: true, ...request }).live()).cursors;
    assert.deepEqual(await which({}), [1, 2, 3, 4]);
    assert.deepEqual(await which({ cameras: ['hall'] }), [2, 3]);
    assert.deepEqual(await which({ kinds: ['CONFIRMED'] }), [3]);
    assert.deepEqual(await which({ identityIds: ['ada', 'bob'] }), [3]);
    assert.deepEqual(await which({ collections: ['staff'], cameras: ['gate'] }), [4]);
    const { error } = await new Watcher(fake.client, { kinds: ['KIND_UNSPECIFIED'] }).live();
    assert.deepEqual([error?.code, error?.field], ['INVALID_ARGUMENT', 'kinds[0]']);
  });

  it('a token sees the events of its own collections', async () => {
    const tokens = { all: { id: '1', role: 'identify', name: '' }, staff: { id: '2', role: 'identify', name: '', collections: ['staff'] } } as const;
    fake = await startFake({ config: { requireTokens: true }, tokens });
    await fake.gallery.addEvents([stored(1), stored(2, { collection: 'staff' })]);
    const which = async (token: string, request: WatchRequest = {}): Promise<Watcher> => new Watcher(fake.connect({ token }), { replay: true, ...request }).live();
    assert.deepEqual((await which('all')).cursors, [1, 2]);
    assert.deepEqual((await which('staff')).cursors, [2]);
    assert.equal((await which('staff', { collections: ['default'] })).error?.reason, 'OTHER_COLLECTION');
    assert.equal((await which('none')).error?.code, 'UNAUTHENTICATED');
  });

  it('a cursor that does not fit is refused with what to do', async () => {
    await start();
    await fake.gallery.addEvents([stored(1), stored(2), stored(3)]);
    fake.gallery.swept = 2;
    const refusal = async (cursor: string): Promise<unknown[]> => {
      const { error } = await new Watcher(fake.client, { cursor }).live();
      assert.ok(error === undefined || error.cure !== '');
      return [error?.code, error?.reason, error?.field];
    };
    assert.deepEqual(await refusal('yesterday'), ['INVALID_ARGUMENT', 'BAD_CURSOR', 'cursor']);
    assert.deepEqual(await refusal('0badcafe-1'), ['OUT_OF_RANGE', 'CURSOR_TOO_OLD', 'cursor']);
    assert.deepEqual(await refusal('0badcafe-4'), ['OUT_OF_RANGE', 'OTHER_GALLERY', 'cursor']);
    assert.deepEqual(await refusal('00000000-2'), ['OUT_OF_RANGE', 'OTHER_GALLERY', 'cursor']);
    assert.deepEqual((await new Watcher(fake.client, { cursor: '0badcafe-2' }).live()).cursors, [3]);
    assert.deepEqual((await new Watcher(fake.client, { replay: true }).live()).cursors, [3]);
  });

  it('watchers have a limit of their own, and are told when the server stops', async () => {
    await start({ config: { maxWatchers: 2 } });
    const [first] = [await new Watcher(fake.client).live(), await new Watcher(fake.client).live()];
    assert.equal((await new Watcher(fake.client).live()).error?.reason, 'TOO_MANY_WATCHERS');
    await fake.server.close();
    await until(() => first.ended, 'the end');
    assert.deepEqual([first.error?.code, first.error?.reason], ['UNAVAILABLE', 'STOPPING']);
  });

  it('an unknown person has the same id before another camera, if that was asked for, and not otherwise', async () => {
    await start();
    const idsOf = async (config: StreamConfig): Promise<string[]> => {
      const before = fake.gallery.told.length;
      for (const cameraId of ['gate', 'hall']) {
        const camera = gate({ cameraId, ...config });
        for (const ms of [0, 200, 400]) shoot(camera, before * 1000 + ms, 'bob');
        await camera.finish();
      }
      return fake.gallery.told.slice(before).filter(({ kind }) => kind === 'APPEARED').map(({ details }) => details.anonymousId ?? '');
    };
    assert.deepEqual(await idsOf({}), ['1', '1']);
    const [first, second] = await idsOf({ visits: { linkUnknownSeconds: 60 } });
    assert.match(first ?? '', /^[0-9a-f-]{36}\/1$/);
    assert.equal(second, first);
  });

  it('a recording gives the same events again, at any speed', async () => {
    await start();
    const watcher = await new Watcher(fake.client).live();
    const camera = gate({ wantRecording: true });
    scene(camera);
    await camera.finish();
    const [first] = camera.answers;
    const { header } = fromText(String(first?.recording?.header)) as { header: { settings: ReplaySettings } };
    const frames = camera.answers.map(({ recording }) => (fromText(String(recording?.frame)) as { frame: RecordedFrame }).frame);
    const again = async (): Promise<string> => {
      const replay = startReplay(header.settings, fake.vision.yardstick);
      const events = [];
      for (const frame of frames) {
        const said = await replay.next(frame);
        if ('events' in said) events.push(...(said.events ?? []));
      }
      return JSON.stringify([...events, ...(replay.end() ?? [])]);
    };
    const once = await again();
    assert.equal(await again(), once);
    await watcher.told(5);
    const live = watcher.got.flatMap(({ event }) => (event === null ? [] : [[event.kind, event.trackId, toDate(event.at ?? { seconds: 0, nanos: 0 }).getTime(), event.reason]]));
    assert.deepEqual((JSON.parse(once) as { kind: string; trackId: number; at: number; reason: string }[]).map(({ kind, trackId, at, reason }) => [kind, trackId, at, reason]), live);
  });

  const square = [{ x: 0, y: 0 }, { x: 1, y: 0 }, { x: 1, y: 1 }];
  const wrong: readonly [string, StreamConfig][] = [
    ['config.camera_id', { cameraId: '' }],
    ['config.visits.confirmation_frames', { visits: { confirmationFrames: 101 } }],
    ['config.visits.absence_seconds', { visits: { absenceSeconds: 0.1 } }],
    ['config.visits.cooldown_seconds', { visits: { cooldownSeconds: -1 } }],
    ['config.visits.link_unknown_seconds', { visits: { linkUnknownSeconds: 60 }, wantRecording: true }],
    ['config.visits.zones', { visits: { zones: Array.from({ length: 33 }, () => ({ name: 'a', corners: square })) } }],
    ['config.visits.zones[0].corners', { visits: { zones: [{ name: 'a', corners: square.slice(1) }] } }],
    ['config.visits.zones[0].corners[2]', { visits: { zones: [{ name: 'a', corners: [...square.slice(1), { x: 0, y: 1.5 }] }] } }],
    ['config.visits.zones[0].name', { visits: { zones: [{ corners: square }] } }],
  ];
  it('a configuration that makes no sense is refused by the field’s name', async () => {
    await start();
    for (const [field, config] of wrong) {
      const error = await gate(config).status();
      assert.deepEqual([error?.code, error?.field, error?.cure !== ''], ['INVALID_ARGUMENT', field, true]);
    }
  });
});
