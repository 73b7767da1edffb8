import type { Collection as WireCollection } from '../generated/glimpse/v1/Collection.js';
import type { GalleryHandlers } from '../generated/glimpse/v1/Gallery.js';
import type { Collection, Gallery } from '../gallery/port.js';
import { callerOf } from './caller.js';
import type { Calls } from './calls.js';
import { collectionName, nonEmpty, wholeNumber } from './fields.js';
import { mayUse, permitted } from './scope.js';

const NAME_LENGTH = 64;
const MOST = Number.MAX_SAFE_INTEGER;

/** @param network the one that this server embeds with */
export function collectionHandlers(calls: Calls, gallery: Gallery, network: string): Pick<GalleryHandlers, 'ListCollections' | 'SetCollection' | 'DeleteCollection'> {
  const wire = (collection: Collection): WireCollection => ({ ...collection, searchable: collection.network === network });
  const nameOf = (given: string): string => collectionName('name', nonEmpty('name', given, NAME_LENGTH));
  return {
    ListCollections: calls.unary(async (_, { principal }) => ({
      collections: (await gallery.collections()).filter(({ name }) => mayUse(principal, name)).map(wire),
    })),
    SetCollection: calls.unary(async (request, context) => {
      const name = permitted(context.principal, nameOf(request.name), 'name');
      const [mostIdentities, mostFaces] = [limit('most_identities', request.mostIdentities), limit('most_faces', request.mostFaces)];
      return wire(await gallery.as(callerOf(context)).setCollection(name, { ...(mostIdentities && { mostIdentities }), ...(mostFaces && { mostFaces }) }));
    }),
    DeleteCollection: calls.unary(async (request, context) => {
      await gallery.as(callerOf(context)).deleteCollection(permitted(context.principal, nameOf(request.name), 'name'));
      return {};
    }),
  };
}

const limit = (field: string, value: number): number => wholeNumber(field, value, [0, MOST]);
