import type { Bucket, Calibration } from '../types.js';
import type { JsonNode } from './json.js';

/** The part of a contract that says what similarities mean. Throws GlimpseError `precondition` that names the field at fault. */
export function calibration(node: JsonNode): Calibration {
  const buckets = node.get('buckets').list().map(bucket);
  const edges = [0, ...buckets.map(({ max }) => max)];
  if (buckets.some(({ min }, i) => min !== edges[i]) || edges.at(-1) !== 1) throw node.get('buckets').wrong('ranges of visibility that follow each other from 0 to 1');
  const hash = (name: string): string => node.get(name).matching(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits');
  return { embedder: hash('embedder'), detector: hash('detector'), prior: node.get('prior').number(0.001, 0.999), buckets };
}

function bucket(node: JsonNode): Bucket {
  const tail = node.get('tail');
  return {
    min: node.get('min').number(0, 1),
    max: node.get('max').number(0, 1),
    people: node.get('people').whole(1),
    impostorPairs: node.get('impostorPairs').whole(1),
    genuinePairs: node.get('genuinePairs').whole(0),
    tail: { from: tail.get('from').number(-1, 1), rate: tail.get('rate').number(0, 1), shape: tail.get('shape').number(-1, 1), scale: tail.get('scale').number(0, 1) },
    thresholds: thresholds(node.get('thresholds')),
    odds: rising(node.get('odds')),
  };
}

/** [false match rate, low, point, high] each; rates fall and similarities do not. */
function thresholds(node: JsonNode): Bucket['thresholds'] {
  const rows = node.list().map((row) => {
    const [fmr, low, point, high] = row.list(4) as [JsonNode, JsonNode, JsonNode, JsonNode];
    return { fmr: fmr.number(1e-15, 1), low: low.number(-1, 1), point: point.number(-1, 1), high: high.number(-1, 1) };
  });
  const falls = rows.every(({ fmr, high }, i) => i === 0 || (fmr < (rows[i - 1]?.fmr ?? 0) && high >= (rows[i - 1]?.high ?? 0)));
  if (rows.length === 0 || !falls) throw node.wrong('a list of rates that fall, each with a threshold that does not');
  return rows;
}

/** [similarity, log10] each; the first numbers rise and the second do not fall. */
function rising(node: JsonNode): Bucket['odds'] {
  const points = node.list().map((row) => {
    const [similarity, log] = row.list(2) as [JsonNode, JsonNode];
    return [similarity.number(-1, 1), log.number(-30, 30)] as const;
  });
  if (points.some(([s, log], i) => i > 0 && (s <= (points[i - 1]?.[0] ?? 0) || log < (points[i - 1]?.[1] ?? 0)))) throw node.wrong('a list in which both numbers rise');
  return points;
}
