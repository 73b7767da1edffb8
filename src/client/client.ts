import type { CallOptions as GrpcOptions, ClientUnaryCall, Metadata, requestCallback } from '@grpc/grpc-js';
import { type ConnectOptions, openStubs } from './channel.js';
import { toCallError } from './error.js';
import type * as m from './messages.js';
import { exchange, readAll } from './stream.js';

export interface CallOptions {
  /** Aborting cancels the call; the promise or loop then throws CANCELLED. */
  readonly signal?: AbortSignal;
  /** The call fails with DEADLINE_EXCEEDED after this long. */
  readonly timeoutMs?: number;
}

type Sequence<T> = Iterable<T> | AsyncIterable<T>;
type Answers<T> = AsyncGenerator<T, void, undefined>;

/** Every call throws CallError. */
export interface GlimpseClient {
  enroll(request: m.EnrollRequest, options?: CallOptions): Promise<m.EnrollResponse>;
  getIdentity(request: m.GetIdentityRequest, options?: CallOptions): Promise<m.Identity>;
  listIdentities(request: m.ListIdentitiesRequest, options?: CallOptions): Promise<m.ListIdentitiesResponse>;
  /** Every identity that the request asks for; the pages are fetched as the loop gets there. */
  identities(request?: m.ListIdentitiesRequest, options?: CallOptions): Answers<m.Identity>;
  updateIdentity(request: m.UpdateIdentityRequest, options?: CallOptions): Promise<m.Identity>;
  deleteIdentity(request: m.DeleteIdentityRequest, options?: CallOptions): Promise<m.DeleteIdentityResponse>;
  /** Takes as long as it takes to read every file of the gallery, and more: give it time. */
  eraseIdentity(request: m.EraseIdentityRequest, options?: CallOptions): Promise<m.ErasureReceipt>;
  deleteFace(request: m.DeleteFaceRequest, options?: CallOptions): Promise<m.Identity>;
  moveFace(request: m.MoveFaceRequest, options?: CallOptions): Promise<m.MoveFaceResponse>;
  /** "This is the person": of the match that `evidence.matchToken` names. */
  confirm(request: m.ConfirmRequest, options?: CallOptions): Promise<m.ConfirmResponse>;
  /** "Not this person": likewise. */
  reject(request: m.RejectRequest, options?: CallOptions): Promise<m.RejectResponse>;
  mergeIdentities(request: m.MergeIdentitiesRequest, options?: CallOptions): Promise<m.Identity>;
  listCollections(options?: CallOptions): Promise<m.ListCollectionsResponse>;
  setCollection(request: m.SetCollectionRequest, options?: CallOptions): Promise<m.Collection>;
  deleteCollection(request: m.DeleteCollectionRequest, options?: CallOptions): Promise<void>;
  stats(request?: m.StatsRequest, options?: CallOptions): Promise<m.StatsResponse>;
  /** Streams every identity with its embeddings. */
  export(request?: m.ExportRequest, options?: CallOptions): Answers<m.ExportedIdentity>;
  /** One answer a record, each given once the record is on disk. */
  import(config: m.ImportConfig, records: Sequence<m.IdentityRecord>, options?: CallOptions): Answers<m.ImportResponse>;
  /** A camera: one answer a frame, in order. Read while you send: nothing is queued here. */
  identify(config: m.StreamConfig, frames: Sequence<m.Frame>, options?: CallOptions): Answers<m.IdentifyResponse>;
  search(request: m.SearchRequest, options?: CallOptions): Promise<m.SearchResponse>;
  verify(request: m.VerifyRequest, options?: CallOptions): Promise<m.VerifyResponse>;
  /** What happens before the cameras. After a break go on with the cursor of the last answer: then nothing is lost and nothing comes twice. */
  watch(request?: m.WatchRequest, options?: CallOptions): Answers<m.WatchResponse>;
  /** Lets running calls finish, refuses new ones. */
  close(): void;
}

/** Nothing is sent yet: the first call opens the connection, and any call after a break opens it again. */
export function connect(options: ConnectOptions): GlimpseClient {
  const { recognition, gallery, metadata } = openStubs(options);
  const call = <Out>(start: Start<Out>, given?: CallOptions): Promise<Out> => unary(start, metadata, given);
  const list: GlimpseClient['listIdentities'] = (request, given) => call((...how) => gallery.listIdentities(request, ...how), given);
  return {
    enroll: (request, given) => call((...how) => gallery.enroll(request, ...how), given),
    getIdentity: (request, given) => call((...how) => gallery.getIdentity(request, ...how), given),
    listIdentities: list,
    identities: (request = {}, given = {}) => pages((pageToken) => list({ ...request, pageToken }, given)),
    updateIdentity: (request, given) => call((...how) => gallery.updateIdentity(request, ...how), given),
    deleteIdentity: (request, given) => call((...how) => gallery.deleteIdentity(request, ...how), given),
    eraseIdentity: (request, given) => call((...how) => gallery.eraseIdentity(request, ...how), given),
    deleteFace: (request, given) => call((...how) => gallery.deleteFace(request, ...how), given),
    moveFace: (request, given) => call((...how) => gallery.moveFace(request, ...how), given),
    mergeIdentities: (request, given) => call((...how) => gallery.mergeIdentities(request, ...how), given),
    listCollections: (given) => call((...how) => gallery.listCollections({}, ...how), given),
    setCollection: (request, given) => call((...how) => gallery.setCollection(request, ...how), given),
    deleteCollection: async (request, given) => {
      await call((...how) => gallery.deleteCollection(request, ...how), given);
    },
    confirm: (request, given) => call((...how) => gallery.confirm(request, ...how), given),
    reject: (request, given) => call((...how) => gallery.reject(request, ...how), given),
    stats: (request = {}, given) => call((...how) => gallery.stats(request, ...how), given),
    export: (request = {}, given) => readAll(() => gallery.export(request, metadata, grpcOptions(given)), given?.signal),
    import: (config, records, given) =>
      exchange(() => gallery.import(metadata, grpcOptions(given)), messages({ config }, records, (record) => ({ record })), given?.signal),
    identify: (config, frames, given) =>
      exchange(() => recognition.identify(metadata, grpcOptions(given)), messages({ config }, frames, (frame) => ({ frame })), given?.signal),
    search: (request, given) => call((...how) => recognition.search(request, ...how), given),
    verify: (request, given) => call((...how) => recognition.verify(request, ...how), given),
    watch: (request = {}, given) => readAll(() => recognition.watch(request, metadata, grpcOptions(given)), given?.signal),
    close: () => [recognition, gallery].forEach((client) => client.close()),
  };
}

type Start<Out> = (metadata: Metadata, options: GrpcOptions, callback: requestCallback<Out>) => ClientUnaryCall;

function unary<Out>(start: Start<Out>, metadata: Metadata, given: CallOptions = {}): Promise<Out> {
  const { signal } = given;
  return new Promise<Out>((resolve, reject) => {
    const call = start(metadata, grpcOptions(given), (error, answer) => {
      signal?.removeEventListener('abort', cancel);
      if (error !== null) reject(toCallError(error));
      else if (answer !== undefined) resolve(answer);
    });
    const cancel = (): void => call.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted === true) cancel();
  });
}

const grpcOptions = ({ timeoutMs }: CallOptions = {}): GrpcOptions => (timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs });

async function* pages(fetch: (token: string) => Promise<m.ListIdentitiesResponse>): Answers<m.Identity> {
  let token = '';
  do {
    const page = await fetch(token);
    yield* page.identities;
    token = page.nextPageToken;
  } while (token !== '');
}

async function* messages<Head, Item, Body>(head: Head, items: Sequence<Item>, wrap: (item: Item) => Body): Answers<Head | Body> {
  yield head;
  for await (const item of items) yield wrap(item);
}
