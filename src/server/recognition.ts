import type { Server } from '@grpc/grpc-js';
import type { RecognitionHandlers } from '../generated/glimpse/v1/Recognition.js';
import type { SearchRequest__Output } from '../generated/glimpse/v1/SearchRequest.js';
import type { SearchResponse } from '../generated/glimpse/v1/SearchResponse.js';
import type { VerifyRequest__Output } from '../generated/glimpse/v1/VerifyRequest.js';
import type { VerifyResponse } from '../generated/glimpse/v1/VerifyResponse.js';
import { identify, type Rooms, searchEmbedding } from '../pipeline/identify.js';
import { verify } from '../pipeline/verify.js';
import type { Match } from '../gallery/port.js';
import { byCollection, named } from '../pipeline/named.js';
import { callerOf } from './caller.js';
import type { Calls, Context } from './calls.js';
import { RECOGNITION } from './definitions.js';
import { analysedFace, frameResult, timing, wireEvidence, wireMatch } from './faces-to-wire.js';
import { similarity } from './fields.js';
import { sealer } from './match-tokens.js';
import { type IdentifyParts, identifyStream } from './identify-stream.js';
import { imageOf, namingVision, selectorOf } from './image-from-wire.js';
import { permitAll } from './scope.js';
import { embeddingOf, searchSettings } from './probe-from-wire.js';
import { watchEvents, type WatchParts } from './watch.js';

/** Who is in these pictures? */
export class RecognitionService {
  readonly #parts: IdentifyParts;
  /** For single pictures, which share one lane. */
  readonly #rooms: Rooms;
  readonly #watching: WatchParts;

  constructor(parts: IdentifyParts, rooms: Rooms, watching: WatchParts) {
    this.#parts = parts;
    this.#rooms = rooms;
    this.#watching = watching;
  }

  addToServer(server: Server, calls: Calls): void {
    const handlers: RecognitionHandlers = {
      Identify: calls.bidi((requests, context) => identifyStream(this.#parts, requests, context)),
      Search: calls.unary((request, context) => this.#search(request, context)),
      Verify: calls.unary((request, context) => this.#verify(request, context)),
      Watch: calls.answers((request, context) => watchEvents(this.#watching, request, context)),
    };
    server.addService(RECOGNITION, handlers);
  }

  async #search(request: SearchRequest__Output, context: Context): Promise<SearchResponse> {
    const settings = searchSettings(request, this.#parts.defaults);
    permitAll(context.principal, settings, '');
    const seal = sealer(this.#parts.tokens);
    if (request.embedding) {
      const found = await searchEmbedding(this.#rooms, embeddingOf(request.embedding, this.#rooms.vision.network), settings);
      const { matches, decision, searchMs } = found;
      await this.#note(named(found), context);
      return { faces: [{ matches: matches.map(wireMatch), decision, ...wireEvidence(found, seal) }], timing: { search: searchMs } };
    }
    const image = imageOf(request.image ?? null, 'image');
    const rooms = { ...this.#rooms, vision: namingVision(this.#rooms.vision, () => 'image') };
    const answer = await identify(rooms, image, settings, context.signal);
    const found = answer.faces.flatMap(named);
    await this.#note(found, context);
    return { ...frameResult(answer, seal), timing: timing(answer, 0) };
  }

  /** Nobody is named before the audit has it on disk. */
  async #note(found: readonly Match[], context: Context): Promise<void> {
    const gallery = this.#rooms.gallery.as(callerOf(context));
    await Promise.all([...byCollection(found)].map(([collection, identities]) => gallery.note({ call: 'Search', collection, identities })));
  }

  async #verify(request: VerifyRequest__Output, { signal }: Context): Promise<VerifyResponse> {
    const [a, b] = [imageOf(request.a, 'a'), imageOf(request.b, 'b')];
    const vision = namingVision(this.#rooms.vision, (image) => (image === a ? 'a' : 'b'));
    const asked = {
      a,
      b,
      selectA: selectorOf(request.whichA, 'LARGEST', 'which_a'),
      selectB: selectorOf(request.whichB, 'LARGEST', 'which_b'),
      minFaceSize: this.#parts.defaults.minFaceSize,
      ...(request.threshold !== undefined && { threshold: similarity('threshold', request.threshold) }),
    };
    const answer = await verify({ vision }, asked, signal);
    return { similarity: answer.similarity, same: answer.same, threshold: answer.threshold, faceA: analysedFace(answer.a), faceB: analysedFace(answer.b) };
  }
}
