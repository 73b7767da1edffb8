import { join } from 'node:path';
import { Admission } from '../../../src/gallery/index/admission.js';
import { CollectionIndex } from '../../../src/gallery/index/collection-index.js';
import { fetchedFor, grouped } from '../../../src/gallery/index/grouping.js';
import { normalise } from '../../../src/gallery/index/matrix.js';
import { ALL_COMPARED } from '../../../src/gallery/index/tiers.js';
import { MODELS_DIR } from '../../../src/paths.js';
import { yardstickOf } from '../../../src/pipeline/yardstick.js';
import { readEmbedderContract } from '../../../src/runtime/contract.js';
import { GROUPINGS, type Grouping } from '../../../src/types.js';
import { lfwOwners } from '../../eval/lfw.js';
import type { Variant } from '../../eval/protocol.js';
import { quantile } from '../../support/stats.js';
import type { Part } from '../part.js';
import { embedded } from '../photographs.js';

/** Whoever has so many photographs is searched for with each, by the others. */
const LEAST = 4;
/** The first people are enrolled; those behind them in the order of the set are strangers. Neighbours may be one person, so they are not dealt out by turns. */
const ENROLLED = 0.75;
const FPIR = 0.01;
/** About the share of a face that a patch of factor 0.3 shows. */
const PATCH_SHOWS = 0.4;
const SHOWN: Readonly<Record<string, Variant>> = {
  whole: 'whole', leftEye: { part: 'leftEye', factor: 0.3, centred: false }, nose: { part: 'nose', factor: 0.3, centred: false }, mouth: { part: 'mouth', factor: 0.3, centred: false },
};

/** The ways to compare a face with a person who has several, on photographs, whole and in parts: each of the enrolled people's by the others, and strangers. */
export const grouping: Part = async ({ data, faces }, note) => {
  if (data === undefined) throw new Error('--data DIR is missing: a folder with lfw.bin, lfw.tsv and lfw-pairs.tsv');
  const owners = (await lfwOwners(data)).slice(0, faces);
  const photographs = new Map<number, number[]>();
  owners.forEach((owner, picture) => { if (owner >= 0) photographs.set(owner, [...(photographs.get(owner) ?? []), picture]); });
  const all = [...photographs.values()];
  const enrolled = all.slice(0, ENROLLED * all.length);
  const strangers = all.slice(enrolled.length + 1).flat();
  const vectors = await embedded({ data, pictures: [...enrolled.flat(), ...strangers], variants: Object.values(SHOWN), note });
  const index = new CollectionIndex(ALL_COMPARED);
  enrolled.forEach((pictures, identity) => { for (const picture of pictures) index.set(picture + 1, identity, vectors(picture, 0)); });
  const bar = yardstickOf(await readEmbedderContract(join(MODELS_DIR, 'embedder.json')));
  const reach = { identities: enrolled.length, faces: enrolled.flat().length };
  const probes = enrolled.flatMap((pictures, identity) => (pictures.length < LEAST ? [] : pictures.map((picture) => ({ picture, identity }))));

  const figures = Object.keys(SHOWN).map((shown, variant) => [shown, Object.fromEntries(GROUPINGS.map((way) => {
    const answer = (picture: number) => first(index, way, vectors(picture, variant));
    const alarms = strangers.map((picture) => ({ picture, ...answer(picture) }));
    const threshold = quantile(alarms.map(({ similarity }) => similarity), 1 - FPIR);
    const declared = (picture: number): number => bar({ probe: vectors(picture, variant), visibility: variant === 0 ? 1 : PATCH_SHOWS, reach, fpir: FPIR }).threshold;
    const named = probes.map(({ picture, identity }) => {
      index.remove(picture + 1);
      const found = answer(picture);
      index.set(picture + 1, identity, vectors(picture, 0));
      return { right: found.identity === identity, told: found.similarity >= threshold, declared: found.similarity >= declared(picture) };
    });
    const share = (hits: readonly unknown[]): number => hits.length / probes.length;
    return [way, { rank1: share(named.filter(({ right }) => right)), tpir: share(named.filter(({ right, told }) => right && told)), threshold, tpirDeclared: share(named.filter(({ right, declared }) => right && declared)),
      wrongDeclared: share(named.filter(({ right, declared }) => !right && declared)), fpirDeclared: alarms.filter(({ picture, similarity }) => similarity >= declared(picture)).length / alarms.length }];
  }))]);
  return { grouping: { people: enrolled.length, faces: enrolled.flat().length, probes: probes.length, strangers: strangers.length, fpir: FPIR, ...Object.fromEntries(figures) as object } };
};

function first(index: CollectionIndex, way: Grouping, probe: Float32Array): { readonly identity: number; readonly similarity: number } {
  const unit = normalise(probe);
  const [best] = grouped(way, index, unit, index.search(unit, fetchedFor(way, 1), new Admission(index.roster)));
  return best ?? { identity: -1, similarity: -1 };
}
