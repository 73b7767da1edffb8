import { unit } from '../cosine.js';
import type { Bucket, Calibration, Cohort } from '../types.js';
import type { JsonNode } from './json.js';

/** The part of a contract that says what similarities mean. Throws GlimpseError `precondition` that names the field at fault. */
export function calibration(node: JsonNode, dimensions: number): Calibration {
  const buckets = node.get('buckets').list().map(bucket);
  const edges = [0, ...buckets.map(({ max }) => max)];
  if (buckets.some(({ min }, i) => min !== edges[i]) || edges.at(-1) !== 1) throw node.get('buckets').wrong('ranges of visibility that follow each other from 0 to 1');
  const hash = (name: string): string => node.get(name).matching(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits');
  return {
    embedder: hash('embedder'), detector: hash('detector'), prior: node.get('prior').number(0.001, 0.999), buckets,
    ...(node.has('cohort') && { cohort: cohort(node.get('cohort'), dimensions) }),
    ...(node.has('caution') && { caution: node.get('caution').number(1, 1000) }),
  };
}

/** `means`: base64 of [groups, dimensions] signed bytes, each vector of any length but zero. */
function cohort(node: JsonNode, dimensions: number): Cohort {
  const bytes = Buffer.from(node.get('means').matching(/^[A-Za-z0-9+/]+=*$/, 'base64'), 'base64');
  const nearest = node.get('nearest').whole(1);
  const groups = bytes.length / dimensions;
  if (!Number.isInteger(groups) || groups < nearest) throw node.get('means').wrong(`base64 of ${nearest} vectors of ${dimensions} bytes or more`);
  const means = Array.from({ length: groups }, (_, group) => unit(Float32Array.from(new Int8Array(bytes.subarray(group * dimensions, (group + 1) * dimensions)))));
  if (means.some((mean) => !Number.isFinite(mean[0]))) throw node.get('means').wrong('base64 of vectors that have a direction');
  return { means, nearest, typical: node.get('typical').number(-1, 1), weight: node.get('weight').number(0, 2) };
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
