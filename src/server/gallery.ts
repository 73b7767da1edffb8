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
import { collectionName, LONGEST, nonEmpty, text, wholeNumber } from './fields.js';
import { enrollRequest, identityChanges, identityKey } from './gallery-from-wire.js';
import { wireConfirmation, wireIdentity, wireOutcome, wireReceipt, wireRejection } from './gallery-to-wire.js';
import type { MatchTokens } from './match-tokens.js';
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
      GetIdentity: calls.unary(async (request) => wireIdentity(await gallery.get(collection(request), identityKey(request)))),
      ListIdentities: calls.unary((request) => this.#list(request)),
      UpdateIdentity: calls.unary(async (request, context) => wireIdentity(await by(context).update(collection(request), id(request), identityChanges(request)))),
      DeleteIdentity: calls.unary(async (request, context) => ({ facesDeleted: await by(context).deleteIdentity(collection(request), id(request)) })),
      EraseIdentity: calls.unary(async (request, context) => wireReceipt(await by(context).erase(collection(request), id(request)))),
      DeleteFace: calls.unary(async (request, context) => wireIdentity(await by(context).deleteFace(collection(request), faceId(request)))),
      MoveFace: calls.unary(async (request, context) => {
        const to = nonEmpty('to_identity_id', request.toIdentityId, LONGEST.id);
        const moved = await by(context).moveFace(collection(request), faceId(request), to);
        return { from: wireIdentity(moved.from), to: wireIdentity(moved.to) };
      }),
      Confirm: calls.unary((request, context) => this.#confirm(request, by(context))),
      Reject: calls.unary(async (request, context) => wireRejection(await by(context).reject(this.#tokens.open(request.matchToken)))),
      Stats: calls.unary((request) => this.#stats(collection(request))),
      Export: calls.answers((request, context) => exportRecords(source(context), collection(request), context.signal)),
      Import: calls.bidi((requests, context) => importRecords(source(context), requests)),
    };
    server.addService(GALLERY, handlers);
  }

  async #enroll(message: EnrollRequest__Output, context: Context): Promise<EnrollResponse> {
    const request = enrollRequest(message);
    const gallery = this.#gallery.as(callerOf(context));
    const { identity, created, images } = await enroll({ vision: this.#vision, gallery }, this.#limits, request, context.signal);
    const alike = new Set(images.flatMap((outcome) => ('rejected' in outcome ? (outcome.rejected.looksLike?.identityId ?? []) : [])));
    if (alike.size > 0) await gallery.note({ call: 'LooksLike', collection: request.collection, identities: [...alike] });
    return { ...(identity !== undefined && { identity: wireIdentity(identity) }), created, images: images.map(wireOutcome) };
  }

  async #confirm({ matchToken, addFace, label }: ConfirmRequest__Output, gallery: Gallery): Promise<ConfirmResponse> {
    const { digest, ...match } = this.#tokens.open(matchToken);
    const addAs = text('label', label, LONGEST.label) || 'confirmed match';
    const answer = await confirm({ gallery, vision: this.#vision }, this.#limits, { match, digest, ...(addFace && { addAs }) });
    const alike = answer.notAdded?.looksLike?.identityId;
    if (alike !== undefined) await gallery.note({ call: 'LooksLike', collection: match.collection, identities: [alike] });
    return wireConfirmation(answer);
  }

  async #list(request: ListIdentitiesRequest__Output): Promise<ListIdentitiesResponse> {
    const page = await this.#gallery.list(collection(request), {
      pageSize: wholeNumber('page_size', request.pageSize, [0, PAGE.most]) || PAGE.default,
      pageToken: text('page_token', request.pageToken, LONGEST.pageToken),
      tag: text('tag', request.tag, LONGEST.tag),
      namePrefix: text('name_prefix', request.namePrefix, LONGEST.name),
    });
    return { identities: page.identities.map(wireIdentity), nextPageToken: page.nextPageToken };
  }

  async #stats(name: string): Promise<StatsResponse> {
    const stats = await this.#gallery.stats(name);
    return { ...stats, collection: name, network: this.#vision.network, collections: [...stats.collections] };
  }
}

const collection = (request: { readonly collection: string }): string => collectionName('collection', request.collection);
const id = (request: { readonly id: string }): string => nonEmpty('id', request.id, LONGEST.id);
const faceId = (request: { readonly faceId: string }): string => nonEmpty('face_id', request.faceId, LONGEST.id);
