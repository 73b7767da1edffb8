/** What a write did: its answer, and the labels at which the index has to look again. */
export interface Change<T> {
  readonly value: T;
  readonly collection: string;
  readonly labels: readonly number[];
  /** Vectors were deleted, so old pages of the write-ahead log should go soon. */
  readonly erased: boolean;
}

export const unchanged = <T>(value: T): Change<T> => ({ value, collection: '', labels: [], erased: false });
