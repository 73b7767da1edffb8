import { createHash } from 'node:crypto';
import { v7 as newId } from 'uuid';
import { GlimpseError } from '../errors.js';
import type { Consent, Enrolled, Gallery, Identity, NewFace } from '../gallery/port.js';
import type { AnalysedFace, DetectedFace, FaceSelector, ImageSource, Quality, Vision } from '../types.js';
import { chooseFace, type EnrolmentLimits, gate, reject, type Rejection } from './gates.js';
import { resemblesOther } from './resembles.js';

/** Empty strings mean "not given", as on the wire. */
export interface EnrollRequest {
  readonly requestId: string;
  readonly collection: string;
  readonly identityId: string;
  readonly name: string;
  readonly externalId: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly images: readonly { readonly image: ImageSource; readonly select: FaceSelector; readonly label: string }[];
  readonly allowLookalike: boolean;
  readonly consent?: Consent;
}

export type ImageOutcome =
  | { readonly kept: { readonly faceId: string; readonly face: DetectedFace & { readonly quality: Quality } } }
  | { readonly rejected: Rejection };

export interface EnrollAnswer {
  /** Absent when this would have been a new identity and no face was kept: nothing was written. */
  readonly identity?: Identity;
  readonly created: boolean;
  /** One for each picture, in the request's order. */
  readonly images: readonly ImageOutcome[];
}

interface Rooms {
  readonly vision: Vision;
  readonly gallery: Gallery;
}

/** One person, some pictures: look at each, gate each, write what is kept in one transaction. */
export async function enroll(rooms: Rooms, limits: EnrolmentLimits, request: EnrollRequest, signal?: AbortSignal): Promise<EnrollAnswer> {
  refuseIncomplete(request);
  const stamp = request.requestId === '' ? undefined : { id: request.requestId, digest: digestOf(request) };
  const before = stamp && (await rooms.gallery.replay(request.collection, stamp));
  if (before !== undefined) return replayed(before);
  const known = request.identityId === '' ? undefined : await rooms.gallery.get(request.collection, { id: request.identityId });

  const looks = await Promise.all(request.images.map((image, i) => look(rooms, limits, request, { ...image, i }, signal)));
  const images = looks.map(({ outcome }) => outcome);
  const faces = looks.flatMap(({ face }) => face ?? []);
  if (faces.length === 0) return known === undefined ? { created: false, images } : { identity: known, created: false, images };

  const enrolled = await rooms.gallery.enroll({
    collection: request.collection,
    identity: known === undefined ? newIdentity(request) : { existing: known.id },
    faces,
    ...(stamp && { request: { ...stamp, outcome: JSON.stringify(images.map(withoutNames)) } }),
  });
  return enrolled.replayed === undefined ? { identity: enrolled.identity, created: enrolled.created, images } : replayed(enrolled);
}

/** One picture: what becomes of it, and the face to write if one is kept. */
async function look(
  { vision, gallery }: Rooms,
  limits: EnrolmentLimits,
  request: EnrollRequest,
  { image, select, label, i }: EnrollRequest['images'][number] & { readonly i: number },
  signal: AbortSignal | undefined,
): Promise<{ outcome: ImageOutcome; face?: NewFace }> {
  const chosen = await seeOneFace(vision, image, select, limits, signal);
  if ('reason' in chosen) return { outcome: { rejected: chosen } };
  const poor = gate(chosen, limits) ?? (request.allowLookalike ? undefined : await resemblesOther({ vision, gallery }, { ...request, probe: chosen.embedding, visibility: chosen.quality.visibility }));
  if (poor !== undefined) return { outcome: { rejected: poor } };
  const { box, landmarks, score, quality, embedding } = chosen;
  const id = newId();
  return {
    outcome: { kept: { faceId: id, face: { box, landmarks, score, quality } } },
    face: { id, label: label === '' ? `picture ${i + 1}` : label, quality, embedding },
  };
}

async function seeOneFace(
  vision: Vision,
  image: ImageSource,
  select: FaceSelector,
  limits: EnrolmentLimits,
  signal: AbortSignal | undefined,
): Promise<AnalysedFace | Rejection> {
  const options = { select, minFaceSize: limits.minFaceSize, maxFaces: 1, wantCrops: false, wantAttention: false };
  try {
    return chooseFace(await vision.analyse(image, options, signal), select, limits);
  } catch (error) {
    if (!(error instanceof GlimpseError) || error.kind !== 'undecodable') throw error;
    return reject('UNDECODABLE', `${error.message}; ${error.detail.cure}`, 0, 0);
  }
}

function newIdentity({ name, externalId, metadata, tags, consent }: EnrollRequest): { id: string } & Pick<EnrollRequest, 'name' | 'externalId' | 'metadata' | 'tags' | 'consent'> {
  return { id: newId(), name, externalId, metadata, tags, ...(consent && { consent }) };
}

function replayed(first: Enrolled): EnrollAnswer {
  return { identity: first.identity, created: first.created, images: JSON.parse(first.replayed ?? '[]') as ImageOutcome[] };
}

/** What is kept for a replay names nobody else: erasing the other person must not miss a copy of the name here. */
function withoutNames(outcome: ImageOutcome): ImageOutcome {
  if (!('rejected' in outcome) || outcome.rejected.looksLike === undefined) return outcome;
  return { rejected: { ...outcome.rejected, looksLike: { ...outcome.rejected.looksLike, name: '', externalId: '' } } };
}

function refuseIncomplete(request: EnrollRequest): void {
  const known = request.identityId !== '';
  if (request.images.length === 0) throw invalid('images', 'NO_IMAGES', 'an enrolment needs a picture', 'send 1 to 16 images');
  if (!known && request.name === '') throw invalid('name', 'NO_NAME', 'a new identity needs a name', 'set name, or identity_id to add to a known one');
  const given = {
    name: request.name !== '',
    external_id: request.externalId !== '',
    metadata: Object.keys(request.metadata).length > 0,
    tags: request.tags.length > 0,
    consent: request.consent !== undefined,
  };
  const field = Object.entries(given).find(([, present]) => known && present)?.[0];
  if (field === undefined) return;
  throw invalid(field, 'NOT_CHANGED_HERE', `${field} of a known identity is not changed by Enroll`, `leave ${field} empty; UpdateIdentity changes it`);
}

function invalid(field: string, reason: string, message: string, cure: string): GlimpseError {
  return new GlimpseError('invalid', message, { field, reason, cure });
}

/** Equal for equal content, whatever the request id. */
export function digestOf(request: EnrollRequest): string {
  const hash = createHash('sha256');
  const { collection, identityId, name, externalId, tags, allowLookalike, consent } = request;
  const metadata = Object.entries(request.metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  hash.update(JSON.stringify([collection, identityId, name, externalId, tags, allowLookalike, metadata, consent]));
  for (const { image, select, label } of request.images) {
    const raw = 'raw' in image ? image.raw : undefined;
    const bytes = 'raw' in image ? image.raw.data : image.encoded;
    hash.update(JSON.stringify([select, label, raw && [raw.format, raw.width, raw.height, raw.stride], bytes.length])).update(bytes);
  }
  return hash.digest('hex');
}
