import { v7 as newId } from 'uuid';
import { GlimpseError } from '../errors.js';
import type { FaceRecord__Output } from '../generated/glimpse/v1/FaceRecord.js';
import type { IdentityRecord__Output } from '../generated/glimpse/v1/IdentityRecord.js';
import type { IdentityRecord } from '../gallery/port.js';
import { consent, invalid, LONGEST, nonEmpty, stringMap, tagList, text, time } from './fields.js';
import { EMBEDDING_LENGTH, otherNetwork } from './probe-from-wire.js';

/** An imported record, checked as strictly as what Enroll takes. Ids and dates that are missing are made. */
export function identityRecord(record: IdentityRecord__Output, network: string, now: Date): IdentityRecord {
  const { id, name, externalId, metadata, tags, createdAt, faces } = record;
  if (faces.length > 0 && record.network !== network) throw otherNetwork('record.network');
  return {
    id: text('record.id', id, LONGEST.id) || newId(),
    name: nonEmpty('record.name', name, LONGEST.name),
    externalId: text('record.external_id', externalId, LONGEST.externalId),
    metadata: stringMap('record.metadata', metadata),
    tags: tagList('record.tags', tags),
    createdAt: time('record.created_at', createdAt) ?? now,
    ...consent('record.consent', record.consent),
    faces: faces.map((face, i) => faceRecord(face, `record.faces[${i}]`, now)),
  };
}

function faceRecord({ id, label, quality, createdAt, embedding }: FaceRecord__Output, field: string, now: Date): IdentityRecord['faces'][number] {
  return {
    id: text(`${field}.id`, id, LONGEST.id) || newId(),
    label: text(`${field}.label`, label, LONGEST.label),
    quality: quality ?? { score: 0, sharpness: 0, visibility: 0, eyeDistance: 0 },
    createdAt: time(`${field}.created_at`, createdAt) ?? now,
    embedding: unitVector(`${field}.embedding`, embedding),
  };
}

/** Float32 rounding leaves a length within 1e-6 of one; anything further off is not what Export wrote. */
const LENGTH_TOLERANCE = 1e-3;

function unitVector(field: string, bytes: Buffer): Float32Array {
  const cure = 'send the bytes that Export gave';
  if (bytes.length !== EMBEDDING_LENGTH * 4) throw invalid(field, 'BAD_EMBEDDING', `${field} has ${bytes.length} bytes, not ${EMBEDDING_LENGTH * 4}`, cure);
  const vector = Float32Array.from({ length: EMBEDDING_LENGTH }, (_, i) => bytes.readFloatLE(i * 4));
  const length = Math.hypot(...vector);
  if (Math.abs(length - 1) <= LENGTH_TOLERANCE) return vector;
  throw invalid(field, 'BAD_EMBEDDING', `${field} has the length ${length}, not 1`, cure);
}

/** A fault of the record itself, as against one of the gallery. */
export function isRefusal(error: unknown): error is GlimpseError {
  return error instanceof GlimpseError && ['invalid', 'precondition', 'exists', 'notFound'].includes(error.kind);
}
