import { unit } from '../../src/cosine.js';
import type { AnalysedFace, DetectedFace, FrameAnalysis, Landmarks } from '../../src/types.js';
import { HEIGHT, WIDTH } from './script.js';

const [MAPS, DIMENSIONS] = [12, 256];
/** Views that a person is seen in. */
const POSES = 5;

interface Person {
  readonly views: readonly Pick<AnalysedFace, 'embedding' | 'importance' | 'parts' | 'quality'>[];
  x: number;
  readonly y: number;
  readonly speed: number;
  readonly size: number;
  /** Not found while it lasts; seconds. */
  hidden: number;
}

export interface CrowdOptions {
  readonly people: number;
  /** Nobody leaves, and everybody is found in every frame. */
  readonly steady?: boolean;
  readonly next: () => number;
}

/** A busy camera without pictures: people walk through, are out of sight for up to two seconds, missed now and then, or hardly seen. */
export class Crowd {
  private people: Person[] = [];

  constructor(private readonly options: CrowdOptions) {
    while (this.people.length < options.people) this.people.push(this.newcomer(WIDTH * options.next()));
  }

  step(seconds: number): FrameAnalysis {
    const { next, steady = false } = this.options;
    const [faces, weak]: [AnalysedFace[], DetectedFace[]] = [[], []];
    this.people = this.people.map((person) => {
      person.x += person.speed * seconds;
      if (steady) return person;
      person.hidden = person.hidden > 0 ? person.hidden - seconds : next() < 0.03 * seconds ? 2 * next() : 0;
      return person.x < -50 || person.x > WIDTH + 50 ? this.newcomer() : person;
    });
    for (const person of this.people) {
      const chance = steady ? 1 : next();
      if (person.hidden > 0 || chance < 0.03) continue;
      const found = detected(person, 0.9);
      if (chance < 0.08) weak.push({ ...found, score: 0.4 });
      else faces.push({ ...found, ...(person.views[Math.floor(next() * POSES)] as Person['views'][number]) });
    }
    return { width: WIDTH, height: HEIGHT, detected: faces.length, largestDropped: 0, faces, weak, timing: { queue: 0, decode: 0, detect: 0, embed: 0 } };
  }

  private newcomer(x?: number): Person {
    const { next } = this.options;
    const right = next() < 0.5;
    const looks = Array.from({ length: MAPS }, () => vector(next));
    const views = Array.from({ length: POSES }, () => view(looks, next));
    return { views, x: x ?? (right ? -40 : WIDTH + 40), y: 60 + (HEIGHT - 120) * next(), speed: (right ? 1 : -1) * (40 + 120 * next()), size: 40 + 40 * next(), hidden: 0 };
  }
}

function detected({ x, y, size }: Person, score: number): DetectedFace {
  const box = { x: x - size / 2, y: y - 0.6 * size, width: size, height: 1.2 * size };
  const point = { x, y, visibility: 1 };
  const landmarks: Landmarks = [point, point, point, point, point];
  return { box, landmarks, score };
}

function view(looks: readonly Float32Array[], next: () => number): Person['views'][number] {
  const parts = new Float32Array(MAPS * DIMENSIONS);
  const embedding = new Float32Array(DIMENSIONS);
  looks.forEach((look, map) => {
    const noise = vector(next);
    const part = unit(look.map((value, i) => value + 0.6 * (noise[i] ?? 0)));
    parts.set(part, map * DIMENSIONS);
    part.forEach((value, i) => (embedding[i] = (embedding[i] ?? 0) + value));
  });
  return { embedding: unit(embedding), parts, importance: new Float32Array(MAPS).fill(1 / MAPS), quality: { score: 0.7, sharpness: 0.7, visibility: 0.9, eyeDistance: 30 } };
}

const vector = (next: () => number): Float32Array => unit(Float32Array.from({ length: DIMENSIONS }, () => next() + next() + next() - 1.5));
