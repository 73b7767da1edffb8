import type { Server } from '@grpc/grpc-js';
import type { ConfirmRequest__Output } from '../generated/glimpse/v1/ConfirmRequest.js';
import type { ConfirmResponse } from '../generated/glimpse/v1/ConfirmResponse.js';
import type { EnrollRequest__Output } from '../generated/glimpse/v1/EnrollRequest.js';
import type { EnrollResponse } from '../generated/glimpse/v1/EnrollResponse.js';
import type { GalleryHandlers } from '../generated/glimpse/v1/Gallery.js';
import type { ListIdentitiesRequest__Output } from '../generated/glimpse/v1/ListIdentitiesRequest.js';
import type { ListIdentitiesResponse } from '../generated/glimpse/v1/ListIdentitiesResponse.js';
import type { StatsResponse } from '../generated/glimpse/v1/StatsResponse.js';
import type { Gallery } from '../gallery/port.js';
import { enroll } from '../pipeline/enroll.js';
import { confirm } from '../pipeline/feedback.js';
import type { EnrolmentLimits } from '../pipeline/gates.js';
import type { Vision } from '../types.js';
import { callerOf } from './caller.js';
import type { Calls, Context } from './calls.js';
import { GALLERY } from './definitions.js';
import { collectionHandlers } from './collections.js';
import { collectionName, LONGEST, nonEmpty, text, wholeNumber } from './fields.js';
import { enrollRequest, identityChanges, identityKey } from './gallery-from-wire.js';
import { wireConfirmation, wireIdentity, wireOutcome, wireReceipt, wireRejection } from './gallery-to-wire.js';
import type { MatchTokens, OpenedMatch } from './match-tokens.js';
import { mayUse, permitted } from './scope.js';
import { exportRecords, importRecords, type TransferSource } from './transfer.js';

const PAGE = { default: 100, most: 1000 } as const;

/** Who is known? */
export class GalleryService {
  readonly #gallery: Gallery;
  readonly #vision: Vision;
  readonly #tokens: MatchTokens;
  readonly #limits: EnrolmentLimits;

  constructor(rooms: { readonly gallery: Gallery; readonly vision: Vision; readonly tokens: MatchTokens }, limits: EnrolmentLimits) {
    this.#gallery = rooms.gallery;
    this.#vision = rooms.vision;
    this.#tokens = rooms.tokens;
    this.#limits = limits;
  }

  addToServer(server: Server, calls: Calls): void {
    const gallery = this.#gallery;
    const by = (context: Context): Gallery => gallery.as(callerOf(context));
    const source = (context: Context): TransferSource => ({ gallery: by(context), network: this.#vision.network });
    const handlers: GalleryHandlers = {
      Enroll: calls.unary((request, context) => this.#enroll(request, context)),
      GetIdentity: calls.unary(async (request, context) => wireIdentity(await gallery.get(collection(request, context), identityKey(request)))),
      ListIdentities: calls.unary((request, context) => this.#list(request, context)),
      UpdateIdentity: calls.unary(async (request, context) => wireIdentity(await by(context).update(collection(request, context), id(request), identityChanges(request)))),
      DeleteIdentity: calls.unary(async (request, context) => ({ facesDeleted: await by(context).deleteIdentity(collection(request, context), id(request)) })),
      EraseIdentity: calls.unary(async (request, context) => wireReceipt(await by(context).erase(collection(request, context), id(request)))),
      DeleteFace: calls.unary(async (request, context) => wireIdentity(await by(context).deleteFace(collection(request, context), faceId(request)))),
      MoveFace: calls.unary(async (request, context) => {
        const to = nonEmpty('to_identity_id', request.toIdentityId, LONGEST.id);
        const moved = await by(context).moveFace(collection(request, context), faceId(request), to);
        return { from: wireIdentity(moved.from), to: wireIdentity(moved.to) };
      }),
      MergeIdentities: calls.unary(async (request, context) => {
        const [from, to] = [nonEmpty('from_id', request.fromId, LONGEST.id), nonEmpty('to_id', request.toId, LONGEST.id)];
        return wireIdentity(await by(context).mergeIdentities(collection(request, context), from, to));
      }),
      ...collectionHandlers(calls, gallery, this.#vision.network),
      Confirm: calls.unary((request, context) => this.#confirm(request, context)),
      Reject: calls.unary(async (request, context) => wireRejection(await by(context).reject(this.#opened(request.matchToken, context)))),
      Stats: calls.unary((request, context) => this.#stats(collection(request, context), context)),
      Export: calls.answers((request, context) => exportRecords(source(context), collection(request, context), context.signal)),
      Import: calls.bidi((requests, context) => importRecords(source(context), requests, context.principal)),
    };
    server.addService(GALLERY, handlers);
  }

  async #enroll(message: EnrollRequest__Output, context: Context): Promise<EnrollResponse> {
    const request = enrollRequest(message);
    permitted(context.principal, request.collection);
    const gallery = this.#gallery.as(callerOf(context));
    const { identity, created, images } = await enroll({ vision: this.#vision, gallery }, this.#limits, request, context.signal);
    const alike = new Set(images.flatMap((outcome) => ('rejected' in outcome ? (outcome.rejected.looksLike?.identityId ?? []) : [])));
    if (alike.size > 0) await gallery.note({ call: 'LooksLike', collection: request.collection, identities: [...alike] });
    return { ...(identity !== undefined && { identity: wireIdentity(identity) }), created, images: images.map(wireOutcome) };
  }

  #opened(matchToken: Uint8Array, { principal }: Context): OpenedMatch {
    const match = this.#tokens.open(matchToken);
    permitted(principal, match.collection, 'match_token');
    return match;
  }

  async #confirm({ matchToken, addFace, label }: ConfirmRequest__Output, context: Context): Promise<ConfirmResponse> {
    const gallery = this.#gallery.as(callerOf(context));
    const { digest, ...match } = this.#opened(matchToken, context);
    const addAs = text('label', label, LONGEST.label) || 'confirmed match';
    const answer = await confirm({ gallery, vision: this.#vision }, this.#limits, { match, digest, ...(addFace && { addAs }) });
    const alike = answer.notAdded?.looksLike?.identityId;
    if (alike !== undefined) await gallery.note({ call: 'LooksLike', collection: match.collection, identities: [alike] });
    return wireConfirmation(answer);
  }

  async #list(request: ListIdentitiesRequest__Output, context: Context): Promise<ListIdentitiesResponse> {
    const page = await this.#gallery.list(collection(request, context), {
      pageSize: wholeNumber('page_size', request.pageSize, [0, PAGE.most]) || PAGE.default,
      pageToken: text('page_token', request.pageToken, LONGEST.pageToken),
      tag: text('tag', request.tag, LONGEST.tag),
      namePrefix: text('name_prefix', request.namePrefix, LONGEST.name),
    });
    return { identities: page.identities.map(wireIdentity), nextPageToken: page.nextPageToken };
  }

  async #stats(name: string, { principal }: Context): Promise<StatsResponse> {
    const stats = await this.#gallery.stats(name);
    const collections = stats.collections.filter((collection) => mayUse(principal, collection));
    return { ...stats, collection: name, network: stats.network ?? this.#vision.network, collections };
  }
}

const collection = (request: { readonly collection: string }, { principal }: Context): string =>
  permitted(principal, collectionName('collection', request.collection));
const id = (request: { readonly id: string }): string => nonEmpty('id', request.id, LONGEST.id);
const faceId = (request: { readonly faceId: string }): string => nonEmpty('face_id', request.faceId, LONGEST.id);
