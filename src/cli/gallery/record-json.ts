import { type ExportedIdentity, type IdentityRecord, toDate, toTimestamp } from '../../client/index.js';

/** An exported identity as one line of JSON: names as in the proto's JSON mapping, embeddings in base64, times in ISO 8601. */
export function recordToLine({ createdAt, faces, ...record }: ExportedIdentity): string {
  return JSON.stringify({
    ...record,
    ...(createdAt && { createdAt: toDate(createdAt).toISOString() }),
    faces: faces.map(({ embedding, createdAt: made, ...face }) => ({
      ...face,
      ...(made && { createdAt: toDate(made).toISOString() }),
      embedding: embedding.toString('base64'),
    })),
  });
}

/** The way back. Throws a plain Error that says what is wrong; the server checks the values themselves. */
export function recordFromLine(line: string): IdentityRecord {
  const record = object(JSON.parse(line), 'the record') as { createdAt?: unknown; faces?: unknown };
  if (!Array.isArray(record.faces)) throw new Error('faces has to be a list');
  const { createdAt, ...rest } = record;
  return { ...(rest as IdentityRecord), ...time(createdAt), faces: record.faces.map(faceFrom) };
}

function faceFrom(value: unknown): NonNullable<IdentityRecord['faces']>[number] {
  const { createdAt, embedding, ...face } = object(value, 'a face') as { createdAt?: unknown; embedding?: unknown };
  if (typeof embedding !== 'string') throw new Error('embedding has to be text in base64');
  return { ...face, ...time(createdAt), embedding: Buffer.from(embedding, 'base64') };
}

function time(value: unknown): { createdAt?: ReturnType<typeof toTimestamp> } {
  if (value === undefined) return {};
  const date = new Date(typeof value === 'string' ? value : NaN);
  if (Number.isNaN(date.getTime())) throw new Error(`createdAt ${JSON.stringify(value)} is no ISO 8601 time`);
  return { createdAt: toTimestamp(date) };
}

function object(value: unknown, what: string): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new Error(`${what} has to be a JSON object`);
}
