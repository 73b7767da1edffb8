import { v7 as newId } from 'uuid';
import { GlimpseError } from '../errors.js';
import type { Gallery, Identity, JudgedMatch } from '../gallery/port.js';
import type { Quality, Vision } from '../types.js';
import { type EnrolmentLimits, gate, type Rejection } from './gates.js';
import { resemblesOther } from './resembles.js';

/** A match as it was answered: the probe, of unit length, and whom it was taken for. */
export interface SealedMatch extends JudgedMatch {
  /** Absent for a probe that came as an embedding. */
  readonly quality?: Quality;
}

export interface Confirmation {
  readonly match: SealedMatch;
  /** Says the same for the same match. */
  readonly digest: string;
  /** Adds the probe to the identity's faces, under this label; absent: it is not added. */
  readonly addAs?: string;
}

export interface ConfirmAnswer {
  readonly identity: Identity;
  /** Rejections that spoke against this and were dropped. */
  readonly dropped: number;
  /** The face that was added. */
  readonly faceId?: string;
  /** Why it was not, though that was asked for. */
  readonly notAdded?: Rejection;
}

/** "This person". Adds the face if asked to, if it is good enough to be enrolled and looks like nobody else. Idempotent by the digest. */
export async function confirm(
  rooms: { readonly gallery: Gallery; readonly vision: Pick<Vision, 'threshold' | 'yardstick'> },
  limits: EnrolmentLimits,
  { match, digest, addAs }: Confirmation,
): Promise<ConfirmAnswer> {
  const quality = addAs === undefined ? undefined : requireQuality(match);
  const { identity, dropped } = await rooms.gallery.confirm(match);
  if (addAs === undefined || quality === undefined) return { identity, dropped };
  const request = { id: `confirm ${digest}`, digest };
  const before = await rooms.gallery.replay(match.collection, request);
  if (before !== undefined) return { identity: before.identity, dropped, faceId: before.replayed ?? '' };
  const notAdded = gate({ quality }, limits) ?? (await resemblesOther(rooms, { ...match, visibility: quality.visibility }, 'do not add it, or delete the face of the other identity if it is there by mistake'));
  if (notAdded !== undefined) return { identity, dropped, notAdded };
  const face = { id: newId(), label: addAs, quality, embedding: match.probe };
  const { collection, identityId } = match;
  const enrolled = await rooms.gallery.enroll({ collection, identity: { existing: identityId }, faces: [face], request: { ...request, outcome: face.id } });
  return { identity: enrolled.identity, dropped, faceId: enrolled.replayed ?? face.id };
}

function requireQuality({ quality }: SealedMatch): Quality {
  if (quality !== undefined) return quality;
  throw new GlimpseError('precondition', 'the match is that of an embedding, whose picture nobody here has seen', {
    field: 'add_face', reason: 'NO_PICTURE', cure: 'search with the picture, or confirm without add_face',
  });
}
