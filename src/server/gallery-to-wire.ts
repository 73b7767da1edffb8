import type { ConfirmResponse } from '../generated/glimpse/v1/ConfirmResponse.js';
import type { Consent as WireConsent } from '../generated/glimpse/v1/Consent.js';
import type { ImageOutcome as WireOutcome } from '../generated/glimpse/v1/ImageOutcome.js';
import type { Identity as WireIdentity } from '../generated/glimpse/v1/Identity.js';
import type { IdentityRecord as WireRecord } from '../generated/glimpse/v1/IdentityRecord.js';
import type { RejectedImage } from '../generated/glimpse/v1/RejectedImage.js';
import type { RejectResponse } from '../generated/glimpse/v1/RejectResponse.js';
import type { ErasureReceipt as WireReceipt } from '../generated/glimpse/v1/ErasureReceipt.js';
import type { ErasureReceipt } from '../gallery/erasure/receipt.js';
import { isExpired } from '../gallery/expiry.js';
import type { Consent, Identity, IdentityRecord, RejectionKept } from '../gallery/port.js';
import type { ImageOutcome } from '../pipeline/enroll.js';
import type { ConfirmAnswer } from '../pipeline/feedback.js';
import type { Rejection } from '../pipeline/gates.js';
import { landmarkList, wireMatch } from './faces-to-wire.js';
import { timestamp } from './time-to-wire.js';

export function wireIdentity(identity: Identity): WireIdentity {
  const { id, collection, name, externalId, metadata, tags, createdAt, updatedAt, consent, faces } = identity;
  return {
    id,
    collection,
    name,
    externalId,
    metadata,
    tags: [...tags],
    createdAt: timestamp(createdAt),
    updatedAt: timestamp(updatedAt),
    ...(consent && { consent: wireConsent(consent) }),
    expired: isExpired(consent),
    faces: faces.map((face) => ({ id: face.id, label: face.label, quality: face.quality, createdAt: timestamp(face.createdAt) })),
  };
}

export function wireOutcome(outcome: ImageOutcome): WireOutcome {
  if ('kept' in outcome) {
    const { faceId, face } = outcome.kept;
    return { kept: { faceId, box: face.box, landmarks: landmarkList(face.landmarks), detectionScore: face.score, quality: face.quality } };
  }
  return { rejected: wireRefusal(outcome.rejected) };
}

function wireRefusal({ reason, message, measured, limit, looksLike }: Rejection): RejectedImage {
  return { reason, message, measured, limit, ...(looksLike !== undefined && { looksLike: wireMatch(looksLike) }) };
}

export function wireConfirmation({ identity, dropped, faceId = '', notAdded }: ConfirmAnswer): ConfirmResponse {
  return { identity: wireIdentity(identity), rejectionsDropped: dropped, faceId, ...(notAdded && { notAdded: wireRefusal(notAdded) }) };
}

export function wireRejection({ identity, rejections, expiresAt }: RejectionKept): RejectResponse {
  return { identity: wireIdentity(identity), rejections, expiresAt: timestamp(expiresAt) };
}

export function wireRecord(record: IdentityRecord, network: string): WireRecord {
  const { id, name, externalId, metadata, tags, createdAt, consent, faces } = record;
  return {
    id,
    name,
    externalId,
    metadata,
    tags: [...tags],
    createdAt: timestamp(createdAt),
    network,
    ...(consent && { consent: wireConsent(consent) }),
    faces: faces.map((face) => ({
      id: face.id,
      label: face.label,
      quality: face.quality,
      createdAt: timestamp(face.createdAt),
      embedding: new Uint8Array(face.embedding.buffer, face.embedding.byteOffset, face.embedding.byteLength),
    })),
  };
}

export function wireReceipt(receipt: ErasureReceipt): WireReceipt {
  const { deletedAt, provedAt, salt, erased, scanned, left } = receipt;
  return {
    ...receipt,
    deletedAt: timestamp(deletedAt),
    provedAt: timestamp(provedAt),
    salt: Buffer.from(salt),
    erased: erased.map((thing) => ({ ...thing, sha256: Buffer.from(thing.sha256) })),
    scanned: scanned.map((file) => ({ ...file, sha256: Buffer.from(file.sha256, 'hex') })),
    left: [...left],
  };
}

function wireConsent({ legalBasis, purpose, reference, expiresAt }: Consent): WireConsent {
  return { legalBasis, purpose, reference, ...(expiresAt && { expiresAt: timestamp(expiresAt) }) };
}
