import { createHash, randomBytes } from 'node:crypto';
import type { Proof } from './prove.js';
import type { ErasureReceipt } from './receipt.js';
import { bytesLeft } from './scan.js';

type Deletion = Pick<ErasureReceipt, 'collection' | 'identityId' | 'facesDeleted' | 'deletedAt'>;

export function makeReceipt(deletion: Deletion, { needles, files, left }: Proof): ErasureReceipt {
  const salt = randomBytes(16);
  return {
    ...deletion,
    provedAt: new Date(),
    salt,
    erased: needles.map(({ kind, bytes, searched, heldByOthers }) =>
      ({ kind, sha256: createHash('sha256').update(salt).update(bytes).digest(), searched, heldByOthers })),
    scanned: files,
    left: left.map(({ file, offset, length }) => ({ file, offset, length })),
    bytesLeft: bytesLeft(left),
  };
}
