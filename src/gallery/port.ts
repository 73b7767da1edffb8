import type { Quality, Reach } from '../types.js';
import type { Caller, Deed } from './audit/row.js';
import type { ErasureReceipt } from './erasure/receipt.js';
import type { EventStore } from './events.js';

/** What the rest of the house may ask of a gallery. Embeddings are 256 float32 of unit length. */

/** What allows a person to be kept, and until when; empty where nothing was said. */
export interface Consent {
  readonly legalBasis: string;
  readonly purpose: string;
  /** Where the consent is filed. */
  readonly reference: string;
  /** From then on the identity matches no more and is soon erased; absent: never. */
  readonly expiresAt?: Date;
}

export interface IdentityFace {
  readonly id: string;
  readonly label: string;
  readonly quality: Quality;
  readonly createdAt: Date;
}

export interface Identity {
  readonly id: string;
  readonly collection: string;
  readonly name: string;
  /** Unique within the collection; empty when there is none. */
  readonly externalId: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Absent: nothing was said. */
  readonly consent?: Consent;
  /** Oldest first. */
  readonly faces: readonly IdentityFace[];
}

export interface NewFace {
  readonly id: string;
  readonly label: string;
  readonly quality: Quality;
  readonly embedding: Float32Array;
}

export interface Enrolment {
  readonly collection: string;
  /** Ids are made by the caller (UUID version 7), so that an answer can be composed before it is written. */
  readonly identity:
    | { readonly existing: string }
    | {
        readonly id: string;
        readonly name: string;
        readonly externalId: string;
        readonly metadata: Readonly<Record<string, string>>;
        readonly tags: readonly string[];
        readonly consent?: Consent;
      };
  readonly faces: readonly NewFace[];
  /** Makes the call idempotent: the same id with another digest is refused (`exists`, REQUEST_ID_REUSED). */
  readonly request?: { readonly id: string; readonly digest: string; readonly outcome: string };
}

export interface Enrolled {
  readonly identity: Identity;
  readonly created: boolean;
  /** The `outcome` text stored with the request the first time, when this request had been answered before. */
  readonly replayed?: string;
}

export interface Match {
  readonly identityId: string;
  readonly externalId: string;
  readonly name: string;
  /** Cosine, exact (not the index's approximation). */
  readonly similarity: number;
  readonly faceId: string;
  readonly collection: string;
  /** When the identity expires, milliseconds since 1970; absent: never. An answer that is kept for longer is none. */
  readonly expiresAt?: number;
}

/** A gallery within the gallery: people of its own, limits of its own, a network of its own. */
export interface Collection {
  readonly name: string;
  /** sha256 (hex) of the network that made its embeddings. */
  readonly network: string;
  readonly identities: number;
  readonly faces: number;
  /** Absent: no limit. */
  readonly mostIdentities?: number;
  readonly mostFaces?: number;
}

export type CollectionLimits = Pick<Collection, 'mostIdentities' | 'mostFaces'>;

/** An enrolled face with its embedding. */
export interface StoredFace extends IdentityFace {
  readonly identityId: string;
  readonly embedding: Float32Array;
}

/** A match that somebody judged. */
export interface JudgedMatch {
  readonly collection: string;
  readonly identityId: string;
  readonly probe: Float32Array;
  readonly similarity: number;
}

export interface RejectionKept {
  readonly identity: Identity;
  /** Faces that are rejected for the identity now. */
  readonly rejections: number;
  readonly expiresAt: Date;
}

/** Whom a search may name. An empty list lets everybody pass; with both an identity has to pass both. */
export interface SearchFilter {
  /** Identities with at least one of these. */
  readonly tags: readonly string[];
  readonly identityIds: readonly string[];
}

/** An identity is known by its own id or by the caller's. */
export type IdentityKey = { readonly id: string } | { readonly externalId: string };

export interface IdentityChanges {
  readonly name?: string;
  readonly externalId?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly tags?: readonly string[];
  /** Replaces all of it; an empty one takes it back. */
  readonly consent?: Consent;
}

export interface Page {
  readonly identities: readonly Identity[];
  /** Empty after the last page. */
  readonly nextPageToken: string;
}

export interface GalleryStats {
  readonly identities: number;
  readonly faces: number;
  readonly indexFaces: number;
  readonly databaseBytes: number;
  /** Faces that the index compares one by one until its graph has taken them in; absent: unknown. */
  readonly waiting?: number;
  readonly indexBytes: number;
  /** Share of sample queries that the index answered as comparing all did; absent: not measured yet. */
  readonly recall?: number;
  readonly collections: readonly string[];
  /** sha256 (hex) of the network that made the collection's embeddings; absent: there is no such collection yet. */
  readonly network?: string;
}

/** One identity with its embeddings, as exported and imported. */
export interface IdentityRecord {
  readonly id: string;
  readonly name: string;
  readonly externalId: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly createdAt: Date;
  readonly consent?: Consent;
  readonly faces: readonly (NewFace & { readonly createdAt: Date })[];
}

export type ImportOutcome = 'IMPORTED' | 'SKIPPED' | 'REPLACED';

/**
 * Every write resolves after its transaction is on disk (WAL, `synchronous=FULL`) and the index answers for it.
 * Errors are GlimpseErrors: `notFound` (IDENTITY_NOT_FOUND, FACE_NOT_FOUND), `exists` (EXTERNAL_ID_TAKEN,
 * REQUEST_ID_REUSED), `precondition` (IDENTITY_EXPIRED), `unavailable` while the index is being rebuilt after a failed add.
 */
export interface Gallery extends EventStore {
  /** The same gallery, on behalf of this caller: the audit names it. Without, the house itself acts. */
  as(caller: Caller): Gallery;
  /** Tells the audit of an answer that named somebody. Resolves once that is on disk. */
  note(deed: Deed): Promise<void>;
  enroll(enrolment: Enrolment): Promise<Enrolled>;
  /** The first answer to this request id, if there was one. Refuses another digest like `enroll`. */
  replay(collection: string, request: { readonly id: string; readonly digest: string }): Promise<Enrolled | undefined>;
  /**
   * For each probe the best `topK` identities that pass the filter, best first, each by its nearest face. One round trip for a whole frame.
   * Whoever has expired is not named, nor anybody for whom a face nearly as near to the probe was rejected. Several collections are searched as if they
   * were one. Throws `precondition` (NETWORK_MISMATCH) for a collection that another network made.
   */
  search(collections: string | readonly string[], probes: readonly Float32Array[], topK: number, filter?: SearchFilter): Promise<Match[][]>;
  /** Another number after every write that the index answers for: an answer of an older revision may name who is not there any more. */
  revision(): number;
  /** How much a search there compares with, with this filter. For people of whom a filter lets more than some thousand faces pass, an estimate. */
  reach(collections: string | readonly string[], filter?: SearchFilter): Promise<Reach>;
  /** Enrolled faces by their ids, in that order; undefined for one that is not there. */
  faces(collection: string, ids: readonly string[]): Promise<(StoredFace | undefined)[]>;
  get(collection: string, key: IdentityKey): Promise<Identity>;
  list(
    collection: string,
    query: { readonly pageSize: number; readonly pageToken: string; readonly tag: string; readonly namePrefix: string },
  ): Promise<Page>;
  update(collection: string, id: string, changes: IdentityChanges): Promise<Identity>;
  /** Returns the number of faces deleted with it. */
  deleteIdentity(collection: string, id: string): Promise<number>;
  /** Deletes the identity, waits until nothing of it is left in any file, and says what shows that. */
  erase(collection: string, id: string): Promise<ErasureReceipt>;
  deleteFace(collection: string, faceId: string): Promise<Identity>;
  moveFace(collection: string, faceId: string, toIdentityId: string): Promise<{ from: Identity; to: Identity }>;
  /** "Not this person": the probe is kept as a counter-example of the identity. Refuses an expired one. */
  reject(match: JudgedMatch): Promise<RejectionKept>;
  /** "This person": rejections that spoke against it are dropped. */
  confirm(match: JudgedMatch): Promise<{ readonly identity: Identity; readonly dropped: number }>;
  /** sha256 (hex) over all of a collection that an answer depends on; empty for one that is not there. */
  contents(collection: string): Promise<string>;
  /** All faces of one identity become another's; what else it has goes with it. */
  mergeIdentities(collection: string, fromId: string, toId: string): Promise<Identity>;
  /** By name. */
  collections(): Promise<Collection[]>;
  /** Makes the collection if need be. Its limits are those that are given, and no others. */
  setCollection(name: string, limits: CollectionLimits): Promise<Collection>;
  /** Throws `notFound`, `precondition` (COLLECTION_NOT_EMPTY). */
  deleteCollection(name: string): Promise<void>;
  stats(collection: string): Promise<GalleryStats>;
  export(collection: string): AsyncIterable<IdentityRecord>;
  import(collection: string, record: IdentityRecord, onConflict: 'SKIP' | 'REPLACE'): Promise<{ id: string; outcome: ImportOutcome }>;
  /** Called whenever the gallery becomes ready or stops being so. */
  onReadiness(listener: (ready: boolean) => void): void;
  close(): Promise<void>;
}
