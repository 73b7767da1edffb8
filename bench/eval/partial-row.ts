/** All figures of one network. */
import { cosine } from '../../src/cosine.js';
import { averaged, COLUMNS, columnAt, vectorOf, type Column, type Embeddings, type Figure, type Pair } from './columns.js';
import { identification, mean, type Identification, type Search } from './metrics.js';
import { variantIndex, type Part } from './protocol.js';
import type { RowName } from './subjects.js';

export interface Figures {
  readonly name: RowName;
  /** Per cent. */
  readonly columns: Readonly<Record<Column, number>>;
  readonly tarAtFar1e2: Readonly<Record<Column, number>>;
  readonly tarAtFar1e3: Readonly<Record<Column, number>>;
  /** Accuracy of each partial column at each factor, per cent. */
  readonly byFactor: Readonly<Record<string, Readonly<Record<Column, number>>>>;
  /** Partial probes in their place, against a gallery of whole faces: means over parts and factors, per cent. */
  readonly identification: Identification;
}

export interface Evidence {
  readonly name: RowName;
  readonly embeddings: Embeddings;
  readonly pairs: readonly Pair[];
  readonly factors: readonly number[];
  readonly who: readonly number[];
  /** The pictures at hand. */
  readonly pictures: readonly number[];
}

const PROBES: readonly Part[] = ['leftEye', 'nose', 'mouth'];
const FPIR = 0.01;

export function figuresOf(evidence: Evidence): Figures {
  const { name, factors } = evidence;
  const table = new Map(COLUMNS.map((column) => [column, overFactors(column, evidence)] as const));
  const means = (key: keyof Figure): Record<Column, number> => perColumn((column) => averaged(table.get(column) ?? [])[key]);
  return {
    name,
    columns: means('accuracy'),
    tarAtFar1e2: means('tarAtFar1e2'),
    tarAtFar1e3: means('tarAtFar1e3'),
    byFactor: Object.fromEntries(factors.map((factor, i) => [factor, perColumn((column) => (table.get(column) ?? []).at(column === 'holistic' ? 0 : i)?.accuracy ?? NaN)])),
    identification: searchAll(evidence),
  };
}

function overFactors(column: Column, { factors, pairs, embeddings }: Evidence): Figure[] {
  const asked = column === 'holistic' ? factors.slice(0, 1) : factors;
  return asked.map((factor) => columnAt(column, factor, factors, pairs, embeddings));
}

const perColumn = (value: (column: Column) => number): Record<Column, number> =>
  Object.fromEntries(COLUMNS.map((column) => [column, 100 * value(column)])) as Record<Column, number>;

/** Gallery: the first picture of each identity, whole. Probes: the others of that identity, and the pictures of nobody in it. */
function searchAll(evidence: Evidence): Identification {
  const { who, pictures, factors } = evidence;
  const gallery = pictures.filter((i) => who[i] === i);
  const enrolled = pictures.filter((i) => who[i] !== -1 && who[i] !== i && gallery.includes(who[i] ?? -1));
  const strangers = pictures.filter((i) => who[i] === -1);
  const results = factors.flatMap((factor) =>
    PROBES.map((part) => {
      const variant = variantIndex(factors, { part, factor, centred: false });
      const run = (probes: readonly number[]): Search[] => probes.map((probe) => search(probe, variant, gallery, evidence));
      return identification(run(enrolled), run(strangers), FPIR);
    }),
  );
  return { rank1: 100 * mean(results.map(({ rank1 }) => rank1)), tpir: 100 * mean(results.map(({ tpir }) => tpir)) };
}

function search(probe: number, variant: number, gallery: readonly number[], { embeddings, who }: Evidence): Search {
  const vector = vectorOf(embeddings, probe, variant);
  let best = { score: -Infinity, right: false };
  for (const candidate of gallery) {
    const score = cosine(vector, vectorOf(embeddings, candidate, 0));
    if (score > best.score) best = { score, right: who[probe] === candidate };
  }
  return best;
}
