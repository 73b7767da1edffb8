import assert from 'node:assert/strict';
import { unit } from '../../src/cosine.js';
import type { Observation, Track } from '../../src/track/track.js';
import { TRACKING_DEFAULTS, Tracker } from '../../src/track/tracker.js';
import { generator } from '../vision/support.js';

const DIMENSIONS = 64;
const next = generator(17);
const gauss = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
const person = (): Float32Array => unit(Float32Array.from({ length: DIMENSIONS }, gauss));
/** A sighting of a person: a cosine of about 0.8 with them. */
const sighting = (who: Float32Array): Float32Array => unit(who.map((value) => value + (0.75 * gauss()) / Math.sqrt(DIMENSIONS)));

const at = (x: number, y: number, size = 60) => ({ x: x + gauss(), y: y + gauss(), width: size, height: size * 1.2 });
const placed = (x: number, y: number): Pick<Observation, 'box' | 'middle'> => ({ box: at(x, y), middle: { x: x + 30 + gauss(), y: y + 40 + gauss() } });
const strong = (x: number, y: number, embedding: Float32Array, visibility = 1): Observation =>
  ({ ...placed(x, y), score: 0.9, kind: 'STRONG', view: { embedding, importance: Float32Array.from([1]), parts: embedding, quality: 1, visibility } });
const seen = (x: number, y: number, who: Float32Array): Observation => strong(x, y, sighting(who));
const weak = (x: number, y: number): Observation => ({ ...placed(x, y), score: 0.2, kind: 'WEAK' });
/** Somebody with a cosine of so much with a person. */
const like = (who: Float32Array, cosine: number): Float32Array => {
  const other = person();
  const along = who.reduce((sum, value, i) => sum + value * (other[i] ?? 0), 0);
  const across = unit(other.map((value, i) => value - along * (who[i] ?? 0)));
  return who.map((value, i) => cosine * value + Math.sqrt(1 - cosine ** 2) * (across[i] ?? 0));
};
/** The tracks of what was seen, now. */
const follow = (tracker: Tracker, observations: readonly Observation[], time: number): (Track | undefined)[] => [...tracker.update(observations, time).owners];
const stateOf = (track: Track | undefined, time: number): string | undefined => track?.state(time);

describe('tracking', () => {
  for (const fps of [5, 10, 25]) {
    it(`keeps walkers apart who cross, at ${fps} frames a second`, () => {
      const people = Array.from({ length: 6 }, person);
      const tracker = new Tracker();
      const ids = people.map(() => new Set<number>());
      for (let frame = 0; frame < 8 * fps; frame++) {
        const time = frame / fps;
        // Three walk right, three left, on lanes closer together than a face is high.
        const observations = people.map((who, i) => seen(i < 3 ? 100 + 120 * time : 1060 - 120 * time, 200 + 50 * (i % 3), who));
        follow(tracker, observations, time).forEach((track, i) => ids[i]?.add(track?.id ?? NaN));
      }
      assert.deepEqual(ids.map((set) => set.size), people.map(() => 1));
    });
  }

  it('knows a walker again who was hidden for less than its patience, where they come out', () => {
    const [hidden, still] = [person(), person()];
    const tracker = new Tracker();
    const ids = new Set<number | undefined>();
    for (let frame = 0; frame < 60; frame++) {
      const time = frame / 10;
      const away = time > 2 && time < 3.8;
      const observations = [seen(600, 300, still), ...(away ? [] : [seen(100 + 100 * time, 300, hidden)])];
      const tracks = follow(tracker, observations, time);
      if (!away) ids.add(tracks[1]?.id);
    }
    assert.equal(ids.size, 1);
  });

  it('gives a stranger who comes into the same place a track of their own, after a while or at once', () => {
    for (const later of [1, 0.1]) {
      const tracker = new Tracker();
      const [first] = follow(tracker, [seen(100, 100, person())], 0);
      const [second] = follow(tracker, [seen(104, 102, person())], later);
      assert.notEqual(first?.id, second?.id);
    }
  });

  it('does not take a face for a stranger of which too little can be seen to say', () => {
    const tracker = new Tracker();
    const who = person();
    const ids = [0, 0.1, 0.2].map((time) => follow(tracker, [seen(100, 100, who)], time)[0]?.id);
    ids.push(follow(tracker, [strong(102, 100, sighting(person()), 0.2)], 0.3)[0]?.id);
    assert.deepEqual(ids, [1, 1, 1, 1]);
  });

  it('leaves a face of which hardly anything is seen to whoever stood there, not to whom it looks a little more like', () => {
    const tracker = new Tracker();
    const [here, passing] = [person(), person()];
    for (const time of [0, 0.1, 0.2]) follow(tracker, [seen(100, 100, here), seen(220, 100, passing)], time);
    // Between the two, and something of both: the detector has found one face where two are.
    const [between] = follow(tracker, [strong(104, 100, unit(like(passing, 0.35)), 0.2)], 0.3);
    assert.equal(between?.id, 1);
    assert.equal(between.sightings, 3, 'it is no sighting of a face');
    const [plain] = follow(tracker, [strong(222, 100, sighting(passing), 0.2)], 0.4);
    assert.equal(plain?.id, 2);
  });

  it('begins no track with half a face beside one that is followed, and none where somebody stood a moment ago', () => {
    const tracker = new Tracker();
    const [who, other] = [person(), person()];
    for (const time of [0, 0.1, 0.2]) follow(tracker, [seen(100, 100, who), seen(400, 100, other)], time);
    const owners = follow(tracker, [seen(100, 100, who), strong(112, 104, person(), 0.15), strong(425, 100, person(), 0.15)], 0.3);
    assert.deepEqual(owners.map((track) => track?.id === 1), [true, false, false]);
    assert.deepEqual(tracker.tracks.map(({ id }) => id), [1, 2]);
  });

  it('follows and confirms somebody who never shows more than hardly anything', () => {
    const tracker = new Tracker();
    const who = person();
    const tracks = [0, 0.1, 0.2, 0.3].map((time) => follow(tracker, [strong(100 + 100 * time, 100, sighting(who), 0.1)], time)[0]);
    assert.deepEqual(tracks.map((track) => track?.id), [1, 1, 1, 1]);
    assert.equal(stateOf(tracks.at(-1), 0.3), 'CONFIRMED');
  });

  it('follows the middle of a face when the box goes round a half of it', () => {
    const tracker = new Tracker();
    const who = person();
    for (let frame = 0; frame < 10; frame++) {
      const whole = strong(100 + 10 * frame, 100, sighting(who));
      const half = frame < 5 ? whole.box : { ...whole.box, width: 30 };
      follow(tracker, [{ ...whole, box: half }], frame / 10);
    }
    const [track] = tracker.tracks;
    assert.equal(tracker.tracks.length, 1);
    const { x, width } = track?.motion.expected(1.4) ?? { x: NaN, width: NaN };
    // A box of the left half: its middle has jumped back by 15, the face has not.
    assert.ok(Math.abs(x - 240) < 8 && width < 40, `${x} ${width}`);
  });

  it('keeps what is clearly a pair together rather than make two doubtful ones', () => {
    const tracker = new Tracker();
    const [left, right] = [person(), person()];
    const [first, second] = follow(tracker, [seen(100, 100, left), seen(150, 100, right)], 0);
    // The left one is gone; where it was is nearer to the right one than a step.
    const [again] = follow(tracker, [seen(135, 100, right)], 0.1);
    assert.deepEqual([again?.id, first?.lastSeen, second?.lastSeen], [second?.id, 0, 0.1]);
  });

  it('tells nobody of a face that may be that of a hidden one until it has shown whose it is', () => {
    const tracker = new Tracker();
    const who = person();
    const masked = like(who, 0.3);
    const states = [0, 0.1, 1.0, 1.1, 1.2].map((time, i) => {
      const [track] = follow(tracker, [strong(100 + 20 * time, 100, i < 2 || i > 3 ? sighting(who) : masked)], time);
      return [track?.id, stateOf(track, time)];
    });
    assert.deepEqual(states, [[1, 'TENTATIVE'], [1, 'CONFIRMED'], [2, 'TENTATIVE'], [2, 'TENTATIVE'], [1, 'CONFIRMED']]);
  });

  for (const together of [false, true]) {
    it(`takes a masked face for ${together ? 'somebody else than the one who was seen beside it' : 'the one who stood there unmasked before and after'}`, () => {
      const tracker = new Tracker();
      const who = person();
      const masked = like(who, 0.15);
      const slipping = unit(masked.map((value, i) => value + 0.25 * (who[i] ?? 0)));
      for (const time of [0, 0.1, 0.2]) follow(tracker, [seen(100, 100, who)], time);
      const [young] = follow(tracker, [strong(together ? 125 : 101, 100, masked)], 0.3);
      assert.deepEqual([young?.id, stateOf(young, 0.3)], [2, 'TENTATIVE']);
      follow(tracker, [seen(100, 100, who), ...(together ? [weak(125, 100)] : [])], 0.4);
      const [owner] = follow(tracker, [strong(together ? 112 : 100, 100, slipping)], 0.5);
      assert.deepEqual([owner?.id, stateOf(owner, 0.5)], [together ? 2 : 1, 'CONFIRMED']);
      assert.equal(tracker.tracks.length, together ? 2 : 1);
    });
  }

  it('gives a face of which it cannot be sure to whoever was there a moment ago, but not to somebody who was hidden', () => {
    for (const [gap, id] of [[0.1, 1], [0.6, 2]] as const) {
      const tracker = new Tracker();
      const [who, other] = [person(), person()];
      for (const time of [0, 0.1, 0.2]) follow(tracker, [seen(100, 100, who)], time);
      if (gap > 0.1) follow(tracker, [seen(900, 100, other)], 0.3);
      const [owner] = follow(tracker, [strong(100, 100, like(who, 0.46))], 0.2 + gap);
      assert.equal(owner?.id, gap > 0.1 ? id + 1 : id);
    }
  });

  it('tells of neither of two hidden ones while a face may be either, and of the one when it is plain', () => {
    const tracker = new Tracker();
    const [one, other, third] = [person(), person(), person()];
    for (const time of [0, 0.1, 0.2]) follow(tracker, [seen(100, 100, one), seen(170, 100, other)], time);
    follow(tracker, [seen(900, 100, third)], 0.4);
    const both = unit(one.map((value, i) => value + (other[i] ?? 0)));
    const [unsure] = follow(tracker, [strong(135, 100, both)], 0.5);
    assert.equal(stateOf(unsure, 0.5), 'TENTATIVE');
    const [plain] = follow(tracker, [seen(133, 100, one)], 0.6);
    assert.deepEqual([plain?.id, stateOf(plain, 0.6)], [1, 'CONFIRMED']);
  });

  it('takes a face that is suddenly half as high again for two in one box, but not one that came back larger', () => {
    const tracker = new Tracker();
    const who = person();
    const larger = (): Observation => ({ ...seen(100, 100, who), box: at(85, 80, 90) });
    for (const time of [0, 0.1, 0.2]) follow(tracker, [seen(100, 100, who)], time);
    assert.deepEqual(follow(tracker, [larger()], 0.3), [undefined]);
    assert.deepEqual(tracker.tracks.map(({ id, lastSeen }) => [id, lastSeen]), [[1, 0.2]]);
    assert.equal(follow(tracker, [larger()], 0.8)[0]?.id, 1);
  });

  it('doubts a face for so long as it has been in sight, however long it was away', () => {
    const tracker = new Tracker();
    const who = person();
    const masked = like(who, 0.44);
    for (const time of [0, 0.1]) follow(tracker, [seen(100, 100, who)], time);
    for (const time of [1, 1.1]) follow(tracker, [strong(100, 100, masked)], time);
    for (const time of [1.2, 2.9]) follow(tracker, [], time);
    assert.equal(stateOf(follow(tracker, [strong(100, 100, masked)], 3)[0], 3), 'TENTATIVE');
    const states = Array.from({ length: 16 }, (_, i) => 3.1 + i / 10).map((time) => stateOf(follow(tracker, [strong(100, 100, masked)], time)[0], time));
    assert.deepEqual([states[0], states.at(-1)], ['TENTATIVE', 'CONFIRMED']);
  });

  it('does not doubt a newcomer for the sake of a face that was seen but once', () => {
    const tracker = new Tracker();
    const who = person();
    follow(tracker, [seen(100, 100, who)], 0);
    const other = like(who, 0.3);
    follow(tracker, [strong(100, 100, other)], 1);
    assert.equal(stateOf(follow(tracker, [strong(100, 100, other)], 1.1)[0], 1.1), 'CONFIRMED');
  });

  it('ends a track after its patience, tells so once, and does not remember it', () => {
    const who = person();
    const tracker = new Tracker();
    const [first] = follow(tracker, [seen(100, 100, who)], 0);
    assert.deepEqual(tracker.update([], 4.9).ended, []);
    assert.equal(stateOf(first, 4.9), 'HIDDEN');
    assert.deepEqual(tracker.update([], 5.1).ended, [first]);
    assert.equal(stateOf(first, 5.1), 'ENDED');
    assert.deepEqual(tracker.update([], 5.2).ended, []);
    const [again] = follow(tracker, [seen(100, 100, who)], 5.3);
    assert.notEqual(again?.id, first?.id);
  });

  it('is confirmed by a second sighting', () => {
    const who = person();
    const tracker = new Tracker();
    assert.equal(stateOf(follow(tracker, [seen(100, 100, who)], 0)[0], 0), 'TENTATIVE');
    assert.equal(stateOf(follow(tracker, [seen(101, 100, who)], 0.1)[0], 0.1), 'CONFIRMED');
  });

  it('lets a weak detection hold a track, but not begin or confirm one', () => {
    const tracker = new Tracker();
    assert.deepEqual(follow(tracker, [weak(100, 100)], 0), [undefined]);
    const [held] = follow(tracker, [seen(100, 100, person())], 0.1);
    const [by] = follow(tracker, [weak(102, 100)], 0.2);
    assert.deepEqual([by?.id, by?.lastSeen, stateOf(by, 0.2)], [held?.id, 0.2, 'TENTATIVE']);
  });

  it('takes a weak detection neither of a face beside nor of another size, nor one of a face that was found', () => {
    const tracker = new Tracker();
    const [one, two] = [person(), person()];
    const [first] = follow(tracker, [seen(100, 100, one), seen(160, 100, two)], 0);
    const small: Observation = { ...weak(100, 100), box: { x: 120, y: 125, width: 20, height: 24 } };
    assert.deepEqual(follow(tracker, [weak(128, 100), small], 0.1), [undefined, undefined]);
    const [, double] = follow(tracker, [seen(160, 100, two), weak(162, 103)], 0.2);
    assert.deepEqual([double, first?.lastSeen], [undefined, 0]);
  });

  it('follows a face that was not embedded again, but begins nothing with one', () => {
    const tracker = new Tracker();
    const [first] = follow(tracker, [seen(100, 100, person())], 0);
    const unlooked = (x: number): Observation => ({ ...placed(x, 100), score: 0.9, kind: 'STRONG' });
    const [again, nobody] = follow(tracker, [unlooked(103), unlooked(500)], 0.1);
    assert.deepEqual([again?.id, again?.sightings, again?.lastLooked, nobody], [first?.id, 2, 0, undefined]);
  });

  it('remembers no more tracks than it may', () => {
    const tracker = new Tracker({ ...TRACKING_DEFAULTS, mostTracks: 10 });
    const ended = Array.from({ length: 5 }, (_, frame) => tracker.update(Array.from({ length: 8 }, (_, i) => seen(200 * i, 500 * frame, person())), frame / 10).ended);
    assert.equal(tracker.tracks.length, 10);
    assert.equal(ended.flat().length, 30);
  });

  it('does not mind frames at the same time, or a little from the past', () => {
    const who = person();
    const tracker = new Tracker();
    const ids = [5, 5, 4].map((time) => follow(tracker, [seen(100, 100, who)], time)[0]?.id);
    assert.deepEqual(ids, [1, 1, 1]);
  });

  it('begins anew when the clock was set back', () => {
    const who = person();
    const tracker = new Tracker();
    const [first] = follow(tracker, [seen(100, 100, who)], 3600);
    const { owners: [second], ended } = tracker.update([seen(100, 100, who)], 7);
    assert.deepEqual(ended, [first]);
    assert.equal(second?.id, 2);
    assert.equal(follow(tracker, [seen(100, 100, who)], 7.1)[0]?.id, 2);
  });
});
