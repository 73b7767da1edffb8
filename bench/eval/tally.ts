/** What a detector found in many photographs, held against what is there. */
import type { DetectedFace } from '../../src/types.js';
import { iou } from '../../src/vision/boxes.js';
import { sizeOf, type Reference } from './references.js';

export const MATCH_IOU = 0.35;

/**
 * For each detection the index of the face it finds, or -1: best score first, each takes the face it overlaps most among those not
 * yet taken, from an IoU of 0.35 on.
 */
export function match(found: readonly DetectedFace[], references: readonly Reference[]): number[] {
  const free = new Set(references.keys());
  const owner = new Array<number>(found.length).fill(-1);
  const byScore = [...found.entries()].sort(([, a], [, b]) => b.score - a.score);
  for (const [i, face] of byScore) {
    const [best] = [...free]
      .map((index) => ({ index, overlap: overlap(face, references[index]) }))
      .filter((candidate) => candidate.overlap >= MATCH_IOU)
      .sort((a, b) => b.overlap - a.overlap);
    if (best === undefined) continue;
    owner[i] = best.index;
    free.delete(best.index);
  }
  return owner;
}

const overlap = (face: DetectedFace, reference: Reference | undefined): number => (reference === undefined ? 0 : iou(face.box, reference.box));

interface Seen {
  readonly score: number;
  readonly right: boolean;
}

interface Known {
  readonly size: number;
  readonly mask: string | undefined;
  /** Score of the detection that found it; -1 when none did. */
  readonly score: number;
  /** Distance of each landmark that can be seen from its label, in eye distances of the label. */
  readonly errors: readonly number[];
}

export class Tally {
  private readonly detections: Seen[] = [];
  private readonly faces: Known[] = [];
  private photographs = 0;

  add(found: readonly DetectedFace[], references: readonly Reference[]): void {
    const owner = match(found, references);
    this.photographs++;
    this.detections.push(...found.map(({ score }, i) => ({ score, right: owner[i] !== -1 })));
    references.forEach((reference, index) => {
      const finder = found[owner.indexOf(index)];
      this.faces.push({
        size: sizeOf(reference.box),
        mask: reference.mask,
        score: finder?.score ?? -1,
        errors: finder === undefined ? [] : landmarkErrors(finder, reference),
      });
    });
  }

  get counts(): { readonly photographs: number; readonly faces: number } {
    return { photographs: this.photographs, faces: this.faces.length };
  }

  /** The lowest score at which at least `wanted` of the detections are right; 1 when there is none. */
  scoreAtPrecision(wanted: number): number {
    let right = 0;
    let score = 1;
    this.detections.toSorted((a, b) => b.score - a.score).forEach((detection, i) => {
      if (detection.right) right++;
      if (right / (i + 1) >= wanted) score = detection.score;
    });
    return score;
  }

  precision(score: number): number {
    const kept = this.detections.filter((detection) => detection.score >= score);
    return kept.filter(({ right }) => right).length / kept.length;
  }

  /** Share of the faces of these sizes (from, below) and this kind that are found at `score`. NaN when there are none. */
  recall(score: number, { from = 0, below = Infinity, mask }: { from?: number; below?: number; mask?: string } = {}): number {
    const asked = this.faces.filter((face) => face.size >= from && face.size < below && (mask === undefined || face.mask === mask));
    return asked.filter((face) => face.score >= score).length / asked.length;
  }

  falsePerPhoto(score: number): number {
    return this.detections.filter((detection) => detection.score >= score && !detection.right).length / this.photographs;
  }

  /** Of every landmark that can surely be seen, of the faces found at `score`, in eye distances. */
  landmarkErrors(score: number): number[] {
    return this.faces.filter((face) => face.score >= score).flatMap(({ errors }) => errors);
  }
}

function landmarkErrors(face: DetectedFace, { landmarks, seen = [] }: Reference): number[] {
  const [left, right] = landmarks ?? [];
  if (landmarks === undefined || left === undefined || right === undefined) return [];
  const eyes = Math.hypot(left[0] - right[0], left[1] - right[1]);
  const errors = landmarks.map(([x, y], i) => Math.hypot((face.landmarks[i]?.x ?? NaN) - x, (face.landmarks[i]?.y ?? NaN) - y) / eyes);
  return errors.filter((_, i) => seen[i] === true);
}
