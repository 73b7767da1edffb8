import type { EnrollRequest__Output } from '../generated/glimpse/v1/EnrollRequest.js';
import type { GetIdentityRequest__Output } from '../generated/glimpse/v1/GetIdentityRequest.js';
import type { UpdateIdentityRequest__Output } from '../generated/glimpse/v1/UpdateIdentityRequest.js';
import type { IdentityChanges } from '../gallery/port.js';
import type { EnrollRequest } from '../pipeline/enroll.js';
import { collectionName, consent, invalid, LONGEST, nonEmpty, stringMap, tagList, text } from './fields.js';
import { imageOf, selectorOf } from './image-from-wire.js';

const MOST_IMAGES = 16;

export function enrollRequest(request: EnrollRequest__Output): EnrollRequest {
  const { images } = request;
  if (images.length < 1 || images.length > MOST_IMAGES) {
    throw invalid('images', images.length === 0 ? 'NO_IMAGES' : 'TOO_MANY', `images has ${images.length} entries`, `send 1 to ${MOST_IMAGES}`);
  }
  const which = selectorOf(request.which, 'LARGEST', 'which');
  return {
    requestId: text('request_id', request.requestId, LONGEST.requestId),
    collection: collectionName('collection', request.collection),
    identityId: text('identity_id', request.identityId, LONGEST.id),
    name: text('name', request.name, LONGEST.name),
    externalId: text('external_id', request.externalId, LONGEST.externalId),
    metadata: stringMap('metadata', request.metadata),
    tags: tagList('tags', request.tags),
    allowLookalike: request.allowLookalike,
    ...consent('consent', request.consent),
    images: images.map(({ image, which: own, label }, i) => ({
      image: imageOf(image, `images[${i}].image`),
      select: selectorOf(own, which, `images[${i}].which`),
      label: text(`images[${i}].label`, label, LONGEST.label),
    })),
  };
}

export function identityKey(request: GetIdentityRequest__Output): { id: string } | { externalId: string } {
  if (request.key === 'externalId') return { externalId: nonEmpty('external_id', request.externalId ?? '', LONGEST.externalId) };
  return { id: nonEmpty('id', request.id ?? '', LONGEST.id) };
}

export function identityChanges({ name, externalId, metadata, tags, consent: said }: UpdateIdentityRequest__Output): IdentityChanges {
  return {
    ...(name !== undefined && { name: nonEmpty('name', name, LONGEST.name) }),
    ...(externalId !== undefined && { externalId: text('external_id', externalId, LONGEST.externalId) }),
    ...(metadata !== null && { metadata: stringMap('metadata.entries', metadata.entries) }),
    ...(tags !== null && { tags: tagList('tags.tags', tags.tags) }),
    ...consent('consent', said),
  };
}
