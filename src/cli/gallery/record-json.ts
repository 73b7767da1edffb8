import { type Consent, type ExportedIdentity, type IdentityRecord, toDate, toTimestamp } from '../../client/index.js';

/** An exported identity as one line of JSON: names as in the proto's JSON mapping, embeddings in base64, times in ISO 8601. */
export function recordToLine({ createdAt, consent, faces, ...record }: ExportedIdentity): string {
  return JSON.stringify({
    ...record,
    ...(createdAt && { createdAt: toDate(createdAt).toISOString() }),
    ...(consent && { consent: { ...consent, ...(consent.expiresAt && { expiresAt: toDate(consent.expiresAt).toISOString() }) } }),
    faces: faces.map(({ embedding, createdAt: made, ...face }) => ({
      ...face,
      ...(made && { createdAt: toDate(made).toISOString() }),
      embedding: embedding.toString('base64'),
    })),
  });
}

/** The way back. Throws a plain Error that says what is wrong; the server checks the values themselves. */
export function recordFromLine(line: string): IdentityRecord {
  const record = object(JSON.parse(line), 'the record') as { createdAt?: unknown; consent?: unknown; faces?: unknown };
  if (!Array.isArray(record.faces)) throw new Error('faces has to be a list');
  const { createdAt, consent, ...rest } = record;
  return {
    ...(rest as IdentityRecord),
    ...time('createdAt', createdAt),
    ...(consent !== undefined && consent !== null && { consent: consentFrom(consent) }),
    faces: record.faces.map(faceFrom),
  };
}

function faceFrom(value: unknown): NonNullable<IdentityRecord['faces']>[number] {
  const { createdAt, embedding, ...face } = object(value, 'a face') as { createdAt?: unknown; embedding?: unknown };
  if (typeof embedding !== 'string') throw new Error('embedding has to be text in base64');
  return { ...face, ...time('createdAt', createdAt), embedding: Buffer.from(embedding, 'base64') };
}

function consentFrom(value: unknown): Consent {
  const { expiresAt, ...said } = object(value, 'consent') as { expiresAt?: unknown };
  return { ...(said as Consent), ...time('expiresAt', expiresAt ?? undefined) };
}

function time<Key extends string>(key: Key, value: unknown): { [K in Key]?: ReturnType<typeof toTimestamp> } {
  if (value === undefined) return {};
  const date = new Date(typeof value === 'string' ? value : NaN);
  if (Number.isNaN(date.getTime())) throw new Error(`${key} ${JSON.stringify(value)} is no ISO 8601 time`);
  return { [key]: toTimestamp(date) } as { [K in Key]?: ReturnType<typeof toTimestamp> };
}

function object(value: unknown, what: string): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new Error(`${what} has to be a JSON object`);
}
