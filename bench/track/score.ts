import type { Tracked } from '../../src/pipeline/identify.js';
import { overlap } from '../../src/track/overlap.js';
import type { VisitEvent } from '../../src/track/visit.js';
import { Camera } from './camera.js';
import type { Shown } from './render.js';
import { MOST_FPS } from './script.js';
import { framesAt, type Watched } from './watch.js';

export interface Score {
  /** Visits of which the frames show enough: faces seen for a second and more. */
  readonly visits: number;
  /** Times that a face went on under another number than it had (as CLEAR MOT counts them; Bernardin and Stiefelhagen 2008), of confirmed tracks. */
  readonly switches: number;
  /** The same with the numbers of tentative ones, which may be taken back. */
  readonly early: number;
  /** Visits told by exactly one pair of appeared and left. */
  readonly once: number;
  /** Pairs told of nobody: of what is no face, or of somebody whose visit has a pair already under another number. */
  readonly strays: number;
  /** Walks that were hidden for longer than LONGEST_HIDDEN, and are no visits of the clip. */
  readonly late: number;
  /** Faces that the frames show, and how many of them were found. */
  readonly faces: number;
  readonly found: number;
}

/** A face that shows less is neither expected nor counted. */
const SEEN = 0.5;
/** Seconds; who was hidden for longer by the others may come back as somebody new. */
const LONGEST_HIDDEN = 2;
/** As MOTChallenge has it. */
const SAME_PLACE = 0.5;

/** Follows a clip as the server would, at a camera's rate. */
export async function scoreClip(clip: readonly Watched[], fps: number, seconds: number): Promise<Score> {
  const taken = new Set(framesAt(fps, seconds));
  const camera = new Camera();
  const [tally, early, told] = [new Tally(), new Tally(), [] as VisitEvent[]];
  for (const { number, seen, truth } of clip.filter((frame) => taken.has(frame.number))) {
    const at = Math.round((number * 1000) / MOST_FPS);
    const { faces, events } = await camera.frame(seen, at);
    tally.frame(truth, faces.filter(({ state }) => state === 'CONFIRMED'), at / 1000);
    early.frame(truth, faces, at / 1000);
    told.push(...events);
  }
  return { ...tally.score([...told, ...camera.end()], fps), early: early.switches };
}

class Tally {
  private readonly number = new Map<number, number>();
  /** Frames by walk, of those that show it. */
  private readonly shown = new Map<number, number>();
  /** By track, how often it was on whom. */
  private readonly on = new Map<number, Map<number, number>>();
  private readonly lastShown = new Map<number, number>();
  switches = 0;
  private readonly late = new Set<number>();
  private found = 0;

  /** @param at seconds */
  frame(truth: readonly Shown[], tracks: readonly Tracked[], at: number): void {
    for (const { walk, visible } of truth) {
      if (visible < SEEN || at - (this.lastShown.get(walk) ?? at) <= LONGEST_HIDDEN) continue;
      this.number.delete(walk);
      this.late.add(walk);
    }
    const goesOn = (walk: number, id: number): number => (this.number.get(walk) === id ? 1 : 0);
    const pairs = truth
      .filter(({ visible }) => visible > 0)
      .flatMap((shown) => tracks.map((track) => ({ shown, track, shared: Math.max(overlap(shown.box, track.box), shown.seen === undefined ? 0 : overlap(shown.seen, track.box)) })))
      .filter(({ shared }) => shared >= SAME_PLACE)
      .sort((a, b) => goesOn(b.shown.walk, b.track.trackId) - goesOn(a.shown.walk, a.track.trackId) || b.shared - a.shared);
    const [faces, taken] = [new Set<number>(), new Set<number>()];
    for (const { shown: { walk, visible }, track: { trackId } } of pairs) {
      if (faces.has(walk) || taken.has(trackId)) continue;
      faces.add(walk);
      taken.add(trackId);
      if (visible < SEEN) continue;
      const before = this.number.get(walk);
      if (before !== undefined && before !== trackId) this.switches += 1;
      this.number.set(walk, trackId);
      const times = this.on.get(trackId) ?? new Map<number, number>();
      this.on.set(trackId, times.set(walk, (times.get(walk) ?? 0) + 1));
      this.found += 1;
    }
    for (const { walk, visible } of truth) {
      if (visible < SEEN) continue;
      this.shown.set(walk, (this.shown.get(walk) ?? 0) + 1);
      this.lastShown.set(walk, at);
    }
  }

  score(events: readonly VisitEvent[], fps: number): Omit<Score, 'early'> {
    const whole = [...this.shown].filter(([walk, frames]) => frames >= fps && !this.late.has(walk)).map(([walk]) => walk);
    const count = (kind: VisitEvent['kind']): Map<number | undefined, number> => {
      const times = new Map<number | undefined, number>();
      for (const event of events) if (event.kind === kind) times.set(this.whose(event.trackId), (times.get(this.whose(event.trackId)) ?? 0) + 1);
      return times;
    };
    const [came, left] = [count('APPEARED'), count('LEFT')];
    const once = whole.filter((walk) => came.get(walk) === 1 && left.get(walk) === 1).length;
    const faces = [...this.shown.values()].reduce((sum, frames) => sum + frames, 0);
    return { visits: whole.length, switches: this.switches, once, strays: came.get(undefined) ?? 0, late: this.late.size, faces, found: this.found };
  }

  /** On whom the track was most of its time; undefined: on nobody. */
  private whose(track: number): number | undefined {
    return [...(this.on.get(track) ?? [])].sort(([, a], [, b]) => b - a)[0]?.[0];
  }
}
