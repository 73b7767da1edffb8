import { StreamTracks } from '../../src/pipeline/follow.js';
import type { ProbeSettings, Tracked } from '../../src/pipeline/identify.js';
import { TRACKING_DEFAULTS } from '../../src/track/tracker.js';
import { VISIT_DEFAULTS, type VisitEvent } from '../../src/track/visit.js';
import { Visits } from '../../src/track/visits.js';
import type { FrameAnalysis } from '../../src/types.js';
import { roomsWith } from './rooms.js';
import { HEIGHT, WIDTH } from './script.js';

const LOOK: ProbeSettings = { collection: 'default', topK: 1, select: 'ALL', minFaceSize: 20, maxFaces: 100, wantCrops: false, wantAttention: false };
const TRACKING = { ...TRACKING_DEFAULTS, refresh: 0 };

/** The server's own following over what a camera saw, every face embedded anew; the gallery answers at once, and knows nobody: the looks alone have to tell people apart. */
export class Camera {
  private readonly tracks = new StreamTracks(TRACKING, LOOK.maxFaces);
  private readonly visits = new Visits({ ...VISIT_DEFAULTS, alike: 0.6 });

  /**
   * @param at milliseconds
   * @returns the tracks of the faces of an answer (one that only a weak detection holds is told among those out of sight), and what is told of visits
   */
  async frame(seen: FrameAnalysis, at: number): Promise<{ readonly faces: readonly Tracked[]; readonly events: readonly VisitEvent[] }> {
    const moment = { at, now: 0, revision: 0 };
    const { faces, tracked } = await this.tracks.identify(roomsWith(seen), { encoded: new Uint8Array() }, { settings: LOOK, at, turn: () => Promise.resolve(moment) });
    const events = this.visits.update({ width: WIDTH, height: HEIGHT, at, tracks: tracked?.tracks ?? [] });
    return { faces: faces.flatMap(({ track }) => track ?? []), events };
  }

  /** What is told when it is switched off. */
  end(): readonly VisitEvent[] {
    return this.visits.end();
  }
}
