import { CallError, type GlimpseClient, type Identity, toDate } from '../../client/index.js';
import type { Timestamp__Output } from '../../generated/google/protobuf/Timestamp.js';
import { textPairs } from '../table.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** By id, or by external id when it does not look like an id or is none. */
export async function findIdentity(client: GlimpseClient, collection: string, who: string): Promise<Identity> {
  if (!UUID.test(who)) return client.getIdentity({ collection, externalId: who });
  try {
    return await client.getIdentity({ collection, id: who });
  } catch (error) {
    if (!(error instanceof CallError) || error.code !== 'NOT_FOUND') throw error;
    return await client.getIdentity({ collection, externalId: who }).catch(() => Promise.reject(error));
  }
}

export const isoDate = (timestamp: Timestamp__Output | null): string => (timestamp === null ? '' : toDate(timestamp).toISOString());

/** An identity for programs; times as ISO 8601. */
export function identityJson({ createdAt, updatedAt, consent, faces, ...identity }: Identity): object {
  return {
    ...identity,
    createdAt: isoDate(createdAt),
    updatedAt: isoDate(updatedAt),
    consent: consent && { ...consent, expiresAt: isoDate(consent.expiresAt) },
    faces: faces.map((face) => ({ ...face, createdAt: isoDate(face.createdAt) })),
  };
}

/** The same for people. */
export function identityText(identity: Identity): string {
  const { id, name, externalId, collection, tags, metadata, createdAt, updatedAt, faces } = identity;
  return textPairs([
    ['name', name],
    ['id', id],
    ['external id', externalId],
    ['collection', collection],
    ['tags', tags.join(', ')],
    ...Object.entries(metadata).map(([key, value]) => [`  ${key}`, value] as const),
    ['enrolled', isoDate(createdAt)],
    ['changed', isoDate(updatedAt)],
    ...consentLines(identity),
    ['faces', String(faces.length)],
    ...faces.map((face) => [`  ${face.id}`, `${face.label}  quality ${(face.quality?.score ?? 0).toFixed(2)}  ${isoDate(face.createdAt)}`] as const),
  ].filter(([, value]) => value !== '') as [string, string][]);
}

/** For people; nothing of what was not said. */
export function consentLines({ consent, expired }: Identity): (readonly [string, string])[] {
  const expiry = isoDate(consent?.expiresAt ?? null);
  const lines = [
    ['legal basis', consent?.legalBasis ?? ''],
    ['purpose', consent?.purpose ?? ''],
    ['consent', consent?.reference ?? ''],
    [expired ? 'expired' : 'expires', expiry],
  ] as const;
  return lines.filter(([, value]) => value !== '');
}
