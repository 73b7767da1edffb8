import { GlimpseError } from '../../errors.js';
import type { IdentityKey } from '../port.js';

export function noSuchIdentity(collection: string, key: IdentityKey): GlimpseError {
  const [field, what, value] = 'id' in key ? ['id', 'id', key.id] : ['external_id', 'external id', key.externalId];
  return new GlimpseError('notFound', `collection ${collection} has no identity with ${what} ${JSON.stringify(value)}`, {
    field, reason: 'IDENTITY_NOT_FOUND', cure: 'list the identities of the collection to see which there are',
  });
}

export function noSuchFace(collection: string, id: string): GlimpseError {
  return new GlimpseError('notFound', `collection ${collection} has no face with id ${JSON.stringify(id)}`, {
    field: 'face_id', reason: 'FACE_NOT_FOUND', cure: 'get the identity to see the ids of its faces',
  });
}

export function identityExpired(id: string, at: Date, field: string): GlimpseError {
  return new GlimpseError('precondition', `identity ${id} expired at ${at.toISOString()}`, {
    field, reason: 'IDENTITY_EXPIRED', cure: 'if the person may be kept on, update the identity with a later expiry first; otherwise enrol anew',
  });
}

export function externalIdTaken(externalId: string, holder: string): GlimpseError {
  return new GlimpseError('exists', `external id ${JSON.stringify(externalId)} belongs to identity ${holder}`, {
    field: 'external_id', reason: 'EXTERNAL_ID_TAKEN', cure: 'add the pictures to that identity, or use another external id',
  });
}

export function identityIdTaken(id: string): GlimpseError {
  return new GlimpseError('exists', `identity ${id} exists already`, {
    field: 'id', reason: 'IDENTITY_ID_TAKEN', cure: 'use a new id, or import with REPLACE',
  });
}

export function faceIdTaken(id: string): GlimpseError {
  return new GlimpseError('exists', `face ${id} exists already`, {
    field: 'faces.id', reason: 'FACE_ID_TAKEN', cure: 'use a new id for the face; an id names one face of a collection',
  });
}

export function requestIdReused(id: string): GlimpseError {
  return new GlimpseError('exists', `request id ${JSON.stringify(id)} was used for another request`, {
    field: 'request_id', reason: 'REQUEST_ID_REUSED', cure: 'make a new request id for each enrolment, and reuse it only to retry that one',
  });
}

export function otherNetwork(collection: string, theirs: string, ours: string): GlimpseError {
  return new GlimpseError('precondition', `collection ${collection} was made by network ${theirs.slice(0, 12)}…, not by ${ours.slice(0, 12)}…; their embeddings cannot be compared`, {
    field: 'collection', reason: 'NETWORK_MISMATCH',
    cure: 'enrol these people anew, from photographs, into another collection and delete this one; or run a server with the --models-dir that made it',
  });
}

export function collectionFull(collection: string, what: 'identities' | 'faces', most: number): GlimpseError {
  return new GlimpseError('overloaded', `collection ${collection} may hold ${most} ${what}, and no more`, {
    field: 'collection', reason: 'COLLECTION_FULL', cure: 'delete some first, or raise the limit: glimpse collection set',
  });
}

export function noSuchCollection(name: string): GlimpseError {
  return new GlimpseError('notFound', `there is no collection ${name}`, { field: 'name', reason: 'COLLECTION_NOT_FOUND', cure: 'see glimpse collection list' });
}

export function collectionNotEmpty(name: string, identities: number): GlimpseError {
  return new GlimpseError('precondition', `collection ${name} has ${identities} identities`, {
    field: 'name', reason: 'COLLECTION_NOT_EMPTY', cure: 'delete them first: a collection goes only when nobody is in it',
  });
}

export function mergedWithItself(id: string): GlimpseError {
  return new GlimpseError('invalid', `identity ${id} cannot be merged with itself`, { field: 'from_id', reason: 'SAME_IDENTITY', cure: 'name two identities' });
}
