import { cosine } from '../cosine.js';
import type { Match } from '../gallery/port.js';
import { settledPlaces } from '../track/settled.js';
import type { Observation, Track } from '../track/track.js';
import { Tracker } from '../track/tracker.js';
import type { AnalysedFace, Box, DetectedFace, FrameAnalysis, ImageSource, Landmarks, Quality, Reach } from '../types.js';
import type { Judgement } from './decide.js';
import { type FollowedFrame, type FrameAnswer, judgeFor, type LookingRooms, type ProbeSettings, type RecognisedFace, search, type Tracked, withEvidence } from './identify.js';

export interface TrackingSettings {
  /** Seconds for which a face may be out of sight and still be the same track. */
  readonly patience: number;
  /** Sightings that confirm a track. */
  readonly confirmAfter: number;
  /** Seconds after which a settled face is embedded again; 0: every face of every frame is. */
  readonly refresh: number;
}

/** What comes to a frame from outside besides its picture, once its turn has come. */
export interface Moment {
  /** When it was taken. Milliseconds since 1970, as all times here. */
  readonly at: number;
  readonly now: number;
  /** The gallery's. */
  readonly revision: number;
}

/** At least this many tracks are remembered, and four for each face that a frame may have. */
const FEWEST_TRACKS = 64;
/** A template that is more alike than this to the one that was searched with would be answered the same. */
const UNCHANGED = 0.99;
/** A bad frame says little, but not nothing. */
const LEAST_QUALITY = 0.05;

/** What is remembered of a track's face, and what the gallery said of it. */
interface Known {
  readonly face: Pick<AnalysedFace, 'quality' | 'importance' | 'parts'>;
  readonly judged?: Judged;
  readonly answer?: { readonly matches: readonly Match[]; readonly reach: Reach; readonly probe: Float32Array; readonly revision: number };
}

/** What an answer of the gallery came to, seen with so much of the face: it holds until one of them changes. */
interface Judged {
  readonly said: Judgement;
  readonly of: Known['answer'] | undefined;
  readonly visibility: number;
}

/** The faces of one stream, followed from frame to frame and each named by all that was seen of it. Frames come in the order in which they were taken. */
export class StreamTracks {
  readonly #tracker: Tracker;
  readonly #settings: TrackingSettings;
  readonly #known = new Map<number, Known>();

  constructor(settings: TrackingSettings, maxFaces: number) {
    this.#settings = settings;
    this.#tracker = new Tracker({ ...settings, mostTracks: Math.max(FEWEST_TRACKS, 4 * maxFaces) });
  }

  /** Looks at a picture at once and answers it when `turn` comes, which is after all frames before it. */
  async identify(
    rooms: LookingRooms,
    image: ImageSource,
    { settings, at, turn }: { readonly settings: ProbeSettings; readonly at: number; readonly turn: () => Promise<Moment> },
    signal?: AbortSignal,
  ): Promise<FrameAnswer> {
    const seen = await rooms.vision.analyse(image, { ...settings, wantParts: true, wantWeak: true, settled: this.#settled(settings, at) }, signal);
    return this.#follow(rooms, seen, settings, await turn());
  }

  /** All tracks have ended. */
  end(rooms: LookingRooms, at: number, settings: ProbeSettings): FollowedFrame {
    return { at, tracks: this.#tracker.end().map((track) => this.#told(track, at, rooms, settings)) };
  }

  /** Whoever wants to see something of every face wants it of the settled ones too. */
  #settled({ wantCrops, wantAttention, wantEvidence }: ProbeSettings, at: number): Box[] {
    if (wantCrops || wantAttention || wantEvidence === true) return [];
    return settledPlaces(this.#tracker.tracks, at / 1000, this.#settings.refresh);
  }

  async #follow(rooms: LookingRooms, seen: FrameAnalysis, settings: ProbeSettings, moment: Moment): Promise<FrameAnswer> {
    const { faces, again = [], weak = [] } = seen;
    const observations = [...faces.map(observed), ...again.map(strong), ...weak.map((face): Observation => ({ ...strong(face), kind: 'WEAK' }))];
    const { owners, ended } = this.#tracker.update(observations, moment.at / 1000);
    faces.forEach((face, i) => { this.#remember(owners[i], face); });
    const told = [...ended, ...this.#tracker.tracks].sort((a, b) => a.id - b.id);
    const ms = await this.#ask(rooms, told, settings, moment);
    const tracked = { at: moment.at, tracks: told.map((track) => this.#told(track, moment.at, rooms, settings)) };
    for (const { id } of ended) this.#known.delete(id);
    const found = [...faces, ...again].flatMap((face, i) => this.#recognised(face, tracked.tracks.find(({ trackId }) => trackId === owners[i]?.id)));
    const largestFirst = found.sort((a, b) => b.box.width * b.box.height - a.box.width * a.box.height);
    const answered = settings.wantEvidence === true ? await withEvidence(rooms, largestFirst) : largestFirst;
    return { width: seen.width, height: seen.height, faces: answered, tracked, timing: { ...seen.timing, search: ms } };
  }

  #remember(track: Track | undefined, { quality, importance, parts }: AnalysedFace): void {
    if (track === undefined) return;
    this.#known.set(track.id, { ...this.#known.get(track.id), face: { quality, importance, ...(parts && { parts }) } });
  }

  /** One question to the gallery for all tracks whose answer is out of date. */
  async #ask(rooms: LookingRooms, tracks: readonly Track[], settings: ProbeSettings, moment: Moment): Promise<number> {
    const due = tracks.filter((track) => this.#isDue(track, moment));
    const probes = due.map(templateOf);
    const { found, reach, ms } = await search(rooms, probes, settings);
    due.forEach(({ id }, i) => {
      const known = this.#known.get(id);
      if (known) this.#known.set(id, { ...known, answer: { matches: found[i] ?? [], reach, probe: probes[i] as Float32Array, revision: moment.revision } });
    });
    return ms;
  }

  /** An answer holds while the face has told nothing new, the gallery is what it was and nobody whom it names has expired. */
  #isDue(track: Track, { now, revision }: Moment): boolean {
    const answer = this.#known.get(track.id)?.answer;
    if (answer?.revision !== revision || answer.matches.some(({ expiresAt = Infinity }) => expiresAt <= now)) return true;
    const template = templateOf(track);
    return template !== answer.probe && cosine(template, answer.probe) < UNCHANGED;
  }

  #told(track: Track, at: number, rooms: LookingRooms, settings: ProbeSettings): Tracked {
    const { id: trackId, motion: { box }, score, sightings, firstSeen, lastSeen } = track;
    return {
      trackId, box, score, sightings, template: templateOf(track),
      state: track.state(at / 1000),
      observedAt: Math.round(lastSeen * 1000),
      age: Math.round((lastSeen - firstSeen) * 1000),
      ...this.#judge(track, rooms, settings),
    };
  }

  /** As it was judged before, while nothing has changed: a stream has one yardstick and one wish. */
  #judge(track: Track, rooms: LookingRooms, settings: ProbeSettings): Judgement {
    const known = this.#known.get(track.id);
    const visibility = track.looks?.visibility ?? 0;
    if (known?.judged?.of === known?.answer && known?.judged?.visibility === visibility) return known.judged.said;
    const { matches = [], reach = NOBODY, probe = templateOf(track) } = known?.answer ?? {};
    const said = judgeFor(rooms, settings)(matches, reach, { probe, visibility });
    if (known) this.#known.set(track.id, { ...known, judged: { said, of: known.answer, visibility } });
    return said;
  }

  /** What the frame shows, and for what it does not show what the track's last look did. */
  #recognised(face: AnalysedFace | DetectedFace, track: Tracked | undefined): RecognisedFace[] {
    const known = track && this.#known.get(track.trackId);
    const probe = known?.answer?.probe;
    if (track === undefined || known === undefined || probe === undefined) return [];
    return [{ embedding: probe, ...known.face, ...face, probe, track, matches: track.matches, decision: track.decision, own: track.own }];
  }
}

const NOBODY: Reach = { identities: 0, faces: 0 };

const strong = ({ box, landmarks, score }: DetectedFace): Observation => ({ box, middle: middleOf(landmarks), score, kind: 'STRONG' });

/** Landmarks are told of hidden parts too, so their middle is that of the face however little of it can be seen. */
function middleOf([a, b, c, d, e]: Landmarks): Observation['middle'] {
  return { x: (a.x + b.x + c.x + d.x + e.x) / 5, y: (a.y + b.y + c.y + d.y + e.y) / 5 };
}

function observed(face: AnalysedFace): Observation {
  const { embedding, importance, parts, quality } = face;
  if (parts === undefined) throw new Error('vision was asked for the parts of a face and gave none');
  return { ...strong(face), view: { embedding, importance, parts, quality: weightOf(quality), visibility: quality.visibility } };
}

const weightOf = ({ score }: Quality): number => Math.max(LEAST_QUALITY, score);

function templateOf({ id, looks }: Track): Float32Array {
  if (looks === undefined) throw new Error(`track ${id} was begun without a look`);
  return looks.template;
}
