import assert from 'node:assert/strict';
import { DEFAULTS, Tracker, type Observation } from '../../src/track/tracker.js';
import { generator } from '../vision/support.js';

const DIMENSIONS = 64;
const next = generator(17);
const gauss = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
const unit = (v: Float32Array): Float32Array => v.map((value) => value / Math.hypot(...v));
const person = (): Float32Array => unit(Float32Array.from({ length: DIMENSIONS }, gauss));
/** A sighting of a person: a cosine of about 0.7 with them. */
const sighting = (who: Float32Array): Float32Array => unit(who.map((value) => value + gauss() / Math.sqrt(DIMENSIONS)));

const at = (x: number, y: number, size = 60) => ({ x: x + gauss(), y: y + gauss(), width: size, height: size * 1.2 });
const seen = (x: number, y: number, who: Float32Array): Observation => ({ box: at(x, y), score: 0.9, embedding: sighting(who) });

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
        tracker.update(observations, time).forEach((track, i) => ids[i]?.add(track?.id ?? NaN));
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
      const tracks = tracker.update(observations, time);
      if (!away) ids.add(tracks[1]?.id);
    }
    assert.equal(ids.size, 1);
  });

  it('gives a stranger who comes into the same place a track of their own', () => {
    const tracker = new Tracker();
    const [first] = tracker.update([seen(100, 100, person())], 0);
    const [second] = tracker.update([seen(130, 110, person())], 1);
    assert.notEqual(first?.id, second?.id);
  });

  it('ends a track after its patience, and does not remember it', () => {
    const who = person();
    const tracker = new Tracker();
    const [first] = tracker.update([seen(100, 100, who)], 0);
    tracker.update([], 1);
    assert.deepEqual(tracker.tracks(1).map(({ id, state }) => [id, state]), [[first?.id, 'lost']]);
    tracker.update([], 2.5);
    assert.deepEqual(tracker.tracks(2.5), []);
    const [again] = tracker.update([seen(100, 100, who)], 3);
    assert.notEqual(again?.id, first?.id);
  });

  it('is confirmed by a second sighting', () => {
    const who = person();
    const tracker = new Tracker();
    assert.equal(tracker.update([seen(100, 100, who)], 0)[0]?.state, 'tentative');
    assert.equal(tracker.update([seen(101, 100, who)], 0.1)[0]?.state, 'confirmed');
  });

  it('lets a weak detection hold a track, but not begin one', () => {
    const who = person();
    const tracker = new Tracker();
    assert.deepEqual(tracker.update([{ box: at(100, 100), score: 0.2 }], 0), [undefined]);
    const [strong] = tracker.update([seen(100, 100, who)], 0.1);
    const [weak] = tracker.update([{ box: at(102, 100), score: 0.2 }], 0.2);
    assert.deepEqual([weak?.id, weak?.sightings], [strong?.id, 2]);
  });

  it('remembers no more tracks than it may', () => {
    const tracker = new Tracker({ ...DEFAULTS, mostTracks: 10 });
    for (let frame = 0; frame < 5; frame++) tracker.update(Array.from({ length: 8 }, (_, i) => seen(200 * i, 500 * frame, person())), frame / 10);
    assert.equal(tracker.tracks(0.4).length, 10);
  });

  it('does not mind frames at the same time, or from the past', () => {
    const who = person();
    const tracker = new Tracker();
    const [first] = tracker.update([seen(100, 100, who)], 5);
    const [second] = tracker.update([seen(100, 100, who)], 5);
    const [third] = tracker.update([seen(100, 100, who)], 4);
    assert.deepEqual([second?.id, third?.id], [first?.id, first?.id]);
  });
});
