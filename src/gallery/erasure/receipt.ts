import type { ScannedFile } from './scan.js';

/** What was erased, and what shows it. Holds nothing of the person but hashes; who has the originals can compare. */
export interface ErasureReceipt {
  readonly collection: string;
  readonly identityId: string;
  readonly facesDeleted: number;
  /** From then on no answer named the person. */
  readonly deletedAt: Date;
  /** When the last file had been looked through. */
  readonly provedAt: Date;
  /** Drawn anew for each receipt. */
  readonly salt: Uint8Array;
  readonly erased: readonly {
    readonly kind: string;
    /** Over the salt and the thing itself. */
    readonly sha256: Uint8Array;
    readonly searched: boolean;
    readonly heldByOthers: boolean;
  }[];
  readonly scanned: readonly ScannedFile[];
  readonly left: readonly { readonly file: string; readonly offset: number; readonly length: number }[];
  /** 0 when all went well. */
  readonly bytesLeft: number;
}
