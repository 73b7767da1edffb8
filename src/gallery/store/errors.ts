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
