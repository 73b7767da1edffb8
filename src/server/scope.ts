import { GlimpseError } from '../errors.js';
import type { GallerySettings } from '../pipeline/identify.js';
import type { Principal } from './roles.js';

/** Whether the principal may use a collection. */
export const mayUse = ({ collections }: Principal, collection: string): boolean => collections === undefined || collections.includes(collection);

/** The same name again; throws `forbidden` when the principal's token is for other collections. */
export function permitted(principal: Principal, collection: string, field = 'collection'): string {
  if (mayUse(principal, collection)) return collection;
  throw new GlimpseError('forbidden', `this token is not for collection ${collection}`, {
    field, reason: 'OTHER_COLLECTION', cure: `use a token made with: glimpse token create --collection ${collection}`,
  });
}

/** Every collection that is about to be searched. */
export function permitAll(principal: Principal, { collection, furtherCollections = [] }: GallerySettings, prefix: string): void {
  permitted(principal, collection, `${prefix}${furtherCollections.length === 0 ? 'collection' : 'collections'}`);
  for (const name of furtherCollections) permitted(principal, name, `${prefix}collections`);
}
