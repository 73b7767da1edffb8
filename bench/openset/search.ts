/** Searches of open-set identification, decided by production's own code. */
import { yardstick } from '../../src/calibration/yardstick.js';
import { cosine } from '../../src/cosine.js';
import type { Match } from '../../src/gallery/port.js';
import { judge } from '../../src/pipeline/decide.js';
import type { Calibration } from '../../src/types.js';

/** A face that is searched for, or that is enrolled. */
export interface Subject {
  readonly person: number;
  readonly embedding: Float32Array;
  readonly visibility: number;
  /** Faces whose places are near may be one person's under two labels; absent: they are not. */
  readonly place?: number;
}

export interface Outcome {
  readonly person: number;
  readonly searches: number;
  /** Searches that named somebody: of strangers the false alarms, of enrolled people those that named the right one. */
  readonly named: number;
  /** Searches that named somebody else than the person who is enrolled. */
  readonly confused: number;
  readonly probabilities: readonly { readonly probability: number; readonly right: boolean }[];
}

/** So near in LFW's order, which goes by person, photographs that no pair joins may still be one person's. */
const NEIGHBOURS = 10;
export const mayBeOne = (place: number, other: number): boolean => Math.abs(place - other) <= NEIGHBOURS;

/** A gallery is `size` faces of `pool`, from one place on. */
export interface Galleries {
  readonly pool: readonly Subject[];
  readonly size: number;
  readonly calibration: Calibration;
  readonly minVisibility: number;
}

/**
 * One probe against as many galleries of that size as the pool holds, none of which its person is in; with `own`, the person's enrolled face, in all of them instead.
 * `similarities` are those of the probe with the pool.
 */
export function searchAll({ pool, size, calibration, minVisibility }: Galleries, { probe, similarities, own, fpir }: { probe: Subject; similarities: Float32Array; own?: Subject; fpir: number }): Outcome {
  const galleries = Math.max(1, Math.floor(pool.length / size));
  const ownSimilarity = own && cosine(probe.embedding, own.embedding);
  let [named, confused] = [0, 0];
  const probabilities: { probability: number; right: boolean }[] = [];
  for (let gallery = 0; gallery < galleries; gallery++) {
    const matches = bestTwo(pool, similarities, gallery * size, Math.min(pool.length, (gallery + 1) * size), probe);
    if (own !== undefined && ownSimilarity !== undefined) matches.push(toMatch(own, ownSimilarity));
    matches.sort((a, b) => b.similarity - a.similarity);
    const reach = { identities: Math.min(size, pool.length), faces: Math.min(size, pool.length) };
    const terms = { probe: probe.embedding, visibility: probe.visibility, minVisibility, topK: 1, fpir, houseFpir: fpir, reach };
    const judged = judge({ yardstick: (asked) => yardstick(calibration, asked) }, matches.slice(0, 2), terms);
    const right = own !== undefined && judged.matches[0]?.identityId === String(own.person);
    if (judged.decision.kind === 'KNOWN') {
      if (own === undefined || right) named += 1;
      else confused += 1;
    }
    probabilities.push({ probability: judged.matches[0]?.probability ?? 0, right });
  }
  return { person: probe.person, searches: galleries, named, confused, probabilities };
}

function bestTwo(pool: readonly Subject[], similarities: Float32Array, from: number, to: number, probe: Subject): Match[] {
  let [first, second] = [-1, -1];
  for (let i = from; i < to; i++) {
    const similarity = similarities[i] ?? -1;
    if (second !== -1 && similarity <= (similarities[second] ?? -1)) continue;
    if (isOwn(pool[i] as Subject, probe)) continue;
    if (first === -1 || similarity > (similarities[first] ?? -1)) [first, second] = [i, first];
    else second = i;
  }
  return [first, second].flatMap((i) => (i === -1 ? [] : [toMatch(pool[i] as Subject, similarities[i] ?? -1)]));
}

function isOwn(enrolled: Subject, probe: Subject): boolean {
  if (enrolled.place === undefined || probe.place === undefined) return false;
  return enrolled.person === probe.person || mayBeOne(enrolled.place, probe.place);
}

const toMatch = ({ person }: Subject, similarity: number): Match => ({ identityId: String(person), externalId: '', name: '', similarity, faceId: '', collection: '' });
