import type { Deed } from '../audit/row.js';

/** What a write did: its answer, the labels at which the index has to look again, and what the audit tells of it. */
export interface Change<T> {
  readonly value: T;
  readonly collection: string;
  readonly labels: readonly number[];
  /** Vectors were deleted, so old pages of the write-ahead log should go soon. */
  readonly erased: boolean;
  /** Absent: nothing was done. */
  readonly deed?: Omit<Deed, 'collection'>;
}

export const unchanged = <T>(value: T): Change<T> => ({ value, collection: '', labels: [], erased: false });
