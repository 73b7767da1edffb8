import { GlimpseError } from '../errors.js';
import type { Consent, Enrolment, IdentityRecord, NewFace } from './port.js';
import { DIMENSIONS } from './vectors.js';

const LENGTH_TOLERANCE = 1e-3;

/** A collection's name is also part of a file's. */
export function checkCollection(name: string): void {
  if (/^[a-z0-9_-]{1,64}$/.test(name)) return;
  throw new GlimpseError('invalid', `${JSON.stringify(name)} is no name for a collection`, {
    field: 'collection', reason: 'BAD_COLLECTION', cure: 'use 1 to 64 of the characters a to z, 0 to 9, - and _',
  });
}

export function checkEnrolment({ collection, identity, faces }: Enrolment): void {
  checkCollection(collection);
  if (!('existing' in identity)) {
    requireId(identity.id, 'identity.id');
    checkConsent(identity.consent);
  }
  faces.forEach(checkFace);
}

export function checkRecord(record: IdentityRecord): void {
  requireId(record.id, 'record.id');
  if (Number.isNaN(record.createdAt.getTime())) throw badFace('record.created_at', 'is no time');
  checkConsent(record.consent);
  record.faces.forEach(checkFace);
}

/** A time that is none would be kept as "never". */
export function checkConsent(consent: Consent | undefined): void {
  if (!Number.isNaN(consent?.expiresAt?.getTime())) return;
  throw new GlimpseError('invalid', 'consent.expires_at is no time', {
    field: 'consent.expires_at', reason: 'BAD_TIME', cure: 'send a time, or leave it out to keep the person until deleted',
  });
}

/** Probes are scaled to unit length by the index; they have only to have a direction. */
export function checkProbe(probe: Float32Array, place: number): void {
  const length = lengthOf(probe, `probes[${place}]`);
  if (!(length > 0)) throw badFace(`probes[${place}]`, 'has no direction');
}

function checkFace(face: NewFace & { readonly createdAt?: Date }, place: number): void {
  const field = `faces[${place}]`;
  requireId(face.id, `${field}.id`);
  const length = lengthOf(face.embedding, `${field}.embedding`);
  if (!(Math.abs(length - 1) <= LENGTH_TOLERANCE)) throw badFace(`${field}.embedding`, `has length ${length.toFixed(4)} instead of 1`);
  const { score, sharpness, visibility, eyeDistance } = face.quality;
  if (![score, sharpness, visibility, eyeDistance].every(Number.isFinite)) throw badFace(`${field}.quality`, 'is not made of numbers');
  if (face.createdAt !== undefined && Number.isNaN(face.createdAt.getTime())) throw badFace(`${field}.created_at`, 'is no time');
}

function lengthOf(vector: Float32Array, field: string): number {
  if (vector.length !== DIMENSIONS) throw badFace(field, `has ${vector.length} numbers instead of ${DIMENSIONS}`);
  const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  if (!Number.isFinite(length)) throw badFace(field, 'is not made of finite numbers');
  return length;
}

function requireId(id: string, field: string): void {
  if (id === '') throw new GlimpseError('invalid', `${field} is empty`, { field, reason: 'ID_MISSING', cure: 'make an id first, a UUID say' });
}

function badFace(field: string, what: string): GlimpseError {
  return new GlimpseError('invalid', `${field} ${what}`, {
    field, reason: 'BAD_FACE', cure: `send ${DIMENSIONS} finite numbers of unit length, as the embedding network makes them`,
  });
}
