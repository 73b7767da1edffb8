import type { Pair } from './columns.js';

/**
 * Who is who, as far as pairs tell: pictures that are paired as the same person belong together. Pictures of the sets are sorted by
 * person, so whoever stands between two pictures of one person is that person too; that is used unless a pair contradicts it.
 * Returns for each picture its identity (the smallest picture of it), or -1 for one that no pair of the same person has.
 */
export function identities(count: number, pairs: readonly Pair[]): number[] {
  const paired = joined(count, pairs);
  const spans = mergedSpans(paired);
  const bySpan = paired.map((identity, i) => (identity === -1 ? -1 : (spans.find(([first, last]) => i >= first && i <= last)?.[0] ?? -1)));
  const contradicted = pairs.some(({ a, b, same }) => !same && bySpan[a] !== -1 && bySpan[a] === bySpan[b]);
  return contradicted ? paired : bySpan;
}

function joined(count: number, pairs: readonly Pair[]): number[] {
  const parent = Array.from({ length: count }, (_, i) => i);
  const root = (i: number): number => {
    const up = parent[i] ?? i;
    return up === i ? i : root(up);
  };
  const seen = new Set<number>();
  for (const { a, b, same } of pairs) {
    if (!same) continue;
    seen.add(a).add(b);
    const [low, high] = [Math.min(root(a), root(b)), Math.max(root(a), root(b))];
    parent[high] = low;
  }
  return parent.map((_, i) => (seen.has(i) ? root(i) : -1));
}

/** First and last picture of every identity, overlapping ones merged, in order. */
function mergedSpans(identity: readonly number[]): [number, number][] {
  const last = new Map<number, number>();
  identity.forEach((id, i) => {
    if (id !== -1) last.set(id, i);
  });
  const merged: [number, number][] = [];
  for (const [first, end] of [...last].sort(([a], [b]) => a - b)) {
    const before = merged.at(-1);
    if (before !== undefined && first <= before[1]) before[1] = Math.max(before[1], end);
    else merged.push([first, end]);
  }
  return merged;
}
