import assert from 'node:assert/strict';
import { StrangerBook } from '../../src/track/strangers.js';
import { VISIT_DEFAULTS, type VisitEvent, type VisitFrame, type VisitOptions, type VisitTrack } from '../../src/track/visit.js';
import { Visits } from '../../src/track/visits.js';
import { zonesAt } from '../../src/track/zones.js';
import { generator } from '../vision/support.js';

const SIZE = { width: 1000, height: 500 };
const BOX = { x: 480, y: 230, width: 40, height: 40 };
const OPTIONS: VisitOptions = { ...VISIT_DEFAULTS, absenceMs: 3_000, alike: 0.6 };

type Shown = Partial<Omit<VisitTrack, 'decision' | 'matches'>> & { readonly who?: string };

/** A track of somebody known, of an unknown (`who` absent) or of too little of a face (`?`). */
function track(trackId: number, { who, ...rest }: Shown = {}): VisitTrack {
  const kind = who === undefined ? 'UNKNOWN' : who === '?' ? 'POOR' : 'KNOWN';
  const matches = kind === 'KNOWN' ? [{ collection: 'default', identityId: who ?? '', similarity: 0.7 }] : [];
  return { trackId, box: BOX, state: 'CONFIRMED', decision: { kind, threshold: 0.4 }, matches, ...rest };
}

const frame = (at: number, ...tracks: VisitTrack[]): VisitFrame => ({ ...SIZE, at, tracks });

/** Ten frames a second from `from` until before `to`. */
function* span(from: number, to: number, ...tracks: VisitTrack[]): Generator<VisitFrame> {
  for (let at = from; at < to; at += 100) yield frame(at, ...tracks);
}

function run(frames: Iterable<VisitFrame>, options: Partial<VisitOptions> = {}): VisitEvent[] {
  const visits = new Visits({ ...OPTIONS, ...options });
  return [...frames].flatMap((next) => visits.update(next));
}

const short = ({ kind, visit, at, identity }: VisitEvent): string => `${kind} ${visit} ${identity?.identityId ?? '-'} ${at}`;
const told = (...given: Parameters<typeof run>): string[] => run(...given).map(short);

describe('visits', () => {
  it('somebody known appears, is confirmed by three frames, and has left three seconds after the last', () => {
    const events = run([...span(0, 1000, track(1, { who: 'ada' })), ...span(1000, 5000)]);
    assert.deepEqual(events.map(short), ['APPEARED 1 - 200', 'CONFIRMED 1 ada 200', 'LEFT 1 ada 3900']);
    assert.deepEqual(events.map(({ firstSeen, lastSeen }) => [firstSeen, lastSeen]), [[0, 200], [0, 200], [0, 900]]);
    assert.equal(events[1]?.reason, '3 frames in a row: similarity 0.700, threshold 0.400');
    assert.deepEqual(events[1].identity, { collection: 'default', identityId: 'ada', similarity: 0.7, threshold: 0.4 });
  });

  it('somebody unknown appears and leaves under an anonymous id, and is named when frames in a row say who it is', () => {
    const events = run([...span(0, 1000, track(4)), ...span(1000, 2000, track(4, { who: 'ada' })), ...span(2000, 6000)]);
    assert.deepEqual(events.map(short), ['APPEARED 1 - 200', 'CONFIRMED 1 ada 1200', 'LEFT 1 ada 4900']);
    assert.deepEqual(events.map(({ anonymousId }) => anonymousId), ['1', undefined, undefined]);
  });

  it('a frame that shows too little neither confirms nor interrupts; one that says another does', () => {
    const says = (...whos: string[]): VisitFrame[] => whos.map((who, i) => frame(i * 100, track(1, { who })));
    assert.deepEqual(told(says('ada', '?', 'ada', '?', 'ada')), ['APPEARED 1 - 200', 'CONFIRMED 1 ada 400']);
    assert.deepEqual(told(says('ada', 'bob', 'ada', 'bob', 'ada')), ['APPEARED 1 - 200']);
  });

  it('a false find and a face out of sight are nobody; a face that is gone before it is settled was there all the same', () => {
    assert.deepEqual(told(span(0, 2000, track(1, { state: 'TENTATIVE' }), track(2, { state: 'HIDDEN' }))), []);
    assert.deepEqual(told([frame(0, track(1)), ...span(100, 6000)]), ['APPEARED 1 - 1000', 'LEFT 1 - 3000']);
    assert.deepEqual(told([frame(0, track(1)), frame(100, track(1, { state: 'ENDED' })), ...span(200, 6000)]), ['APPEARED 1 - 100', 'LEFT 1 - 3000']);
  });

  it('a change of who it is says from whom to whom, and why', () => {
    const events = run([...span(0, 1000, track(1, { who: 'ada' })), ...span(1000, 2000, track(1, { who: 'bob' }))]);
    assert.deepEqual(events.map(short), ['APPEARED 1 - 200', 'CONFIRMED 1 ada 200', 'CHANGED 1 bob 1200']);
    assert.equal(events[2]?.previous?.identityId, 'ada');
    assert.equal(events[2].reason, '3 frames in a row spoke for another: similarity 0.700, threshold 0.400');
  });

  it('a known person is unknown again only when no frame knew them for the absence time', () => {
    const events = run([...span(0, 500, track(1, { who: 'ada' })), ...span(500, 3500, track(1)), frame(3500, track(1, { who: 'ada' })), ...span(3600, 6700, track(1))]);
    assert.deepEqual(events.map(short), ['APPEARED 1 - 200', 'CONFIRMED 1 ada 200', 'CHANGED 1 - 6600']);
    assert.equal(events[2]?.reason, 'nobody known in any frame for 3 s');
  });

  it('the same person under another track within the absence time is the same visit; later it is another', () => {
    const back = (from: number): VisitFrame[] => [...span(0, 1000, track(1, { who: 'ada' })), ...span(1000, from), ...span(from, from + 500, track(2, { who: 'ada' })), ...span(from + 500, from + 5000)];
    assert.deepEqual(told(back(2500)), ['APPEARED 1 - 200', 'CONFIRMED 1 ada 200', 'LEFT 1 ada 5900']);
    assert.deepEqual(told(back(4500)), ['APPEARED 1 - 200', 'CONFIRMED 1 ada 200', 'LEFT 1 ada 3900', 'APPEARED 2 - 4700', 'CONFIRMED 2 ada 4700', 'LEFT 2 ada 7900']);
  });

  it('an unknown person under another track is the same visit if the templates are alike', () => {
    const looks = (x: number, y: number): Float32Array => Float32Array.of(x, y);
    const frames = (second: Float32Array): VisitFrame[] => [...span(0, 1000, track(1, { template: looks(1, 0) })), ...span(2000, 2500, track(2, { template: second }))];
    assert.deepEqual(told(frames(looks(0.8, 0.6))), ['APPEARED 1 - 200']);
    assert.deepEqual(told(frames(looks(0.6, 0.8)), { alike: 0.7 }), ['APPEARED 1 - 200', 'APPEARED 2 - 2200']);
  });

  it('a track that turns out to be somebody who is away ends their older visit', () => {
    const frames = [...span(0, 1000, track(1, { who: 'ada' })), ...span(1000, 1500, track(2)), ...span(1500, 2000, track(2, { who: 'ada' }))];
    const events = run(frames);
    assert.deepEqual(events.map(short), ['APPEARED 1 - 200', 'CONFIRMED 1 ada 200', 'APPEARED 2 - 1200', 'LEFT 1 ada 1700', 'CONFIRMED 2 ada 1700']);
    assert.equal(events[3]?.reason, 'seen again as visit 2');
  });

  it('nothing is told of a return within the cooldown, which counts from the visit that was told of', () => {
    const visit = (from: number): VisitFrame[] => [...span(from, from + 1000, track(from, { who: 'ada' })), ...span(from + 1000, from + 5000)];
    const frames = [...visit(0), ...visit(5000), ...visit(10_000)];
    assert.deepEqual(told(frames, { cooldownMs: 9_000 }), ['APPEARED 1 - 200', 'CONFIRMED 1 ada 200', 'LEFT 1 ada 3900', 'APPEARED 3 - 10200', 'CONFIRMED 3 ada 10200', 'LEFT 3 ada 13900']);
  });

  it('only faces in a zone and of a size count', () => {
    const door = { name: 'door', corners: [{ x: 0.4, y: 0.4 }, { x: 0.6, y: 0.4 }, { x: 0.5, y: 0.7 }] };
    const moving = (x: number): VisitTrack => track(1, { box: { ...BOX, x } });
    const frames = [...span(0, 1000, moving(0)), ...span(1000, 2000, moving(480)), ...span(2000, 6000, moving(900))];
    const events = run(frames, { zones: [door] });
    assert.deepEqual(events.map(short), ['APPEARED 1 - 1200', 'LEFT 1 - 4900']);
    assert.deepEqual(events[0]?.zones, ['door']);
    assert.deepEqual(told(span(0, 1000, moving(0)), { minFaceSize: 41 }), []);
    // The corner at the bottom, between two sides.
    assert.deepEqual([[500, 340], [420, 340], [500, 360]].map(([x = 0, y = 0]) => zonesAt([door], { x, y, width: 0, height: 0 }, SIZE)), [['door'], [], []]);
  });

  it('a stream’s end, and a clock that is set back, end every visit', () => {
    const visits = new Visits(OPTIONS);
    for (const next of span(10_000, 10_500, track(1), track(2))) visits.update(next);
    assert.deepEqual(visits.update(frame(500, track(3))).map(short), ['LEFT 1 - 10400', 'LEFT 2 - 10400']);
    for (const next of span(600, 900, track(3))) visits.update(next);
    assert.deepEqual(visits.end().map(({ kind, visit, reason }) => [kind, visit, reason]), [['LEFT', 3, 'the stream ended']]);
    assert.deepEqual(visits.end(), []);
  });

  it('a slow camera’s gaps are nobody’s absence', () => {
    assert.deepEqual(told([0, 5000, 10_000, 15_000, 20_000].map((at) => frame(at, ...(at < 20_000 ? [track(1)] : [])))), ['APPEARED 1 - 5000', 'LEFT 1 - 18000']);
  });

  it('the events are the same at any frame rate', () => {
    const scene = (fps: number): string[] => {
      const frames = Array.from({ length: 30 * fps }, (_, i) => {
        const at = (i * 1000) / fps;
        const tracks = [at < 8000 ? track(1, { who: 'ada' }) : undefined, at >= 4000 && at < 12_000 ? track(2, at > 7000 ? { who: 'bob' } : {}) : undefined,
          at >= 9000 && at < 14_000 ? track(3, { who: 'ada' }) : undefined, at >= 19_000 && at < 22_000 ? track(4, { who: 'cyd' }) : undefined];
        return frame(at, ...tracks.filter((shown) => shown !== undefined));
      });
      return run(frames, { cooldownMs: 10_000 }).map(({ kind, visit, identity }) => `${kind} ${visit} ${identity?.identityId ?? '-'}`);
    };
    assert.equal(scene(10).length, 9);
    assert.deepEqual(scene(5), scene(10));
    assert.deepEqual(scene(25), scene(10));
  });

  it('whoever appeared has left exactly once, whatever the frames show', () => {
    for (let seed = 1; seed <= 20; seed++) assertPaired(storm(seed), seed);
  });
});

/** Tracks that come, go, hide and change whom they are taken for at random; every event of the stream. */
function storm(seed: number): VisitEvent[] {
  const next = generator(seed);
  const pick = (count: number): number => Math.floor(next() * count);
  const visits = new Visits({ ...OPTIONS, cooldownMs: pick(2) * 2000, confirmationFrames: 1 + pick(4), zones: pick(2) === 0 ? [] : [{ name: 'left', corners: [{ x: 0, y: 0 }, { x: 0.5, y: 0 }, { x: 0.5, y: 1 }, { x: 0, y: 1 }] }] });
  const events: VisitEvent[] = [];
  let at = 0;
  let ids = 6;
  const live = [1, 2, 3, 4, 5, 6];
  for (let i = 0; i < 300; i++) {
    at += pick(40) === 0 ? -pick(2000) : pick(400);
    const tracks = live.map((id, place) => {
      const ended = pick(20) === 0;
      if (ended) live[place] = ++ids;
      const state = ended ? 'ENDED' : (['CONFIRMED', 'CONFIRMED', 'CONFIRMED', 'HIDDEN', 'TENTATIVE'] as const)[pick(5)] ?? 'HIDDEN';
      const who = ['ada', 'ada', 'bob', '?', undefined][pick(5)];
      return track(id, { state, box: { ...BOX, x: pick(1000) }, ...(who !== undefined && { who }), ...(pick(2) === 0 && { template: Float32Array.of(pick(2), pick(2)) }) });
    });
    events.push(...visits.update(frame(at, ...tracks)));
  }
  return [...events, ...visits.end()];
}

function assertPaired(events: readonly VisitEvent[], seed: number): void {
  const byVisit = new Map<number, string>();
  for (const { visit, kind } of events) byVisit.set(visit, `${byVisit.get(visit) ?? ''} ${kind}`);
  assert.ok(byVisit.size > 3, `seed ${seed}`);
  for (const [visit, kinds] of byVisit) {
    assert.match(kinds, /^ APPEARED( CONFIRMED( CHANGED)*)? LEFT$/, `seed ${seed}, visit ${visit}: ${kinds}`);
  }
}

describe('strangers', () => {
  const looks = (angle: number): Float32Array => Float32Array.of(Math.cos(angle), Math.sin(angle));
  const book = (): StrangerBook => new StrangerBook({ most: 3, alike: 0.9 });

  it('somebody who looks the same has the same id on another stream, for a limited time', () => {
    const strangers = book();
    const [door, hall] = [strangers.of('door', 10_000), strangers.of('hall', 10_000)];
    assert.equal(door.recognise(looks(0), 0, 1), 'door/1');
    assert.equal(hall.recognise(looks(0.2), 9_000, 7), 'door/1');
    assert.equal(hall.recognise(looks(1), 9_000, 8), 'hall/8');
    assert.equal(hall.recognise(looks(0.2), 19_001, 9), 'hall/9');
  });

  it('few are remembered, and nobody who turned out to be known', () => {
    const strangers = book();
    const door = strangers.of('door', 10_000);
    for (let i = 0; i < 5; i++) door.recognise(looks(i), 0, i);
    assert.equal(strangers.size, 3);
    door.forget('door/4');
    assert.equal(strangers.size, 2);
    assert.equal(door.recognise(looks(4), 0, 9), 'door/9');
  });

  it('a stream’s visits carry their ids, and drop them when a name is found', () => {
    const strangers = book();
    const [first, second] = [new Visits(OPTIONS, strangers.of('door', 10_000)), new Visits(OPTIONS, strangers.of('hall', 10_000))];
    const seen = (visits: Visits, from: number, who?: string): (string | undefined)[] =>
      [...span(from, from + 500, track(1, { template: looks(0), ...(who !== undefined && { who }) }))].flatMap((next) => visits.update(next)).map(({ anonymousId }) => anonymousId);
    assert.deepEqual(seen(first, 0), ['door/1']);
    assert.deepEqual(seen(second, 1000), ['door/1']);
    assert.deepEqual(seen(second, 2000, 'ada'), [undefined]);
    assert.equal(strangers.size, 0);
  });
});
