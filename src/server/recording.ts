import { GlimpseError } from '../errors.js';
import type { Gallery } from '../gallery/port.js';
import { toText } from '../recording/codec.js';
import { type Header, VERSION } from '../recording/file.js';
import { fingerprint } from '../runtime/fingerprint.js';
import type { Vision } from '../types.js';
import type { Context } from './calls.js';
import type { StreamSettings } from './probe-from-wire.js';

interface Recorded {
  readonly gallery: Gallery;
  readonly rooms: { readonly minVisibility: number; readonly fpir: number; readonly vision: Pick<Vision, 'threshold'> };
  readonly modelsDir: string;
}

/** Tells the audit that embeddings are about to leave, and returns the first line. Throws `forbidden` (ROLE_TOO_WEAK). */
export async function beginRecording({ gallery, rooms, modelsDir }: Recorded, { probe, tracking, visits }: StreamSettings, { principal }: Context): Promise<Buffer> {
  if (principal.role !== 'admin') {
    throw new GlimpseError('forbidden', `a recording holds embeddings and needs the role admin; this token has the role ${principal.role}`, {
      field: 'config.want_recording', reason: 'ROLE_TOO_WEAK', cure: 'use a token made with: glimpse token create --role admin',
    });
  }
  const { collection, furtherCollections = [] } = probe;
  if (furtherCollections.length > 0) {
    throw new GlimpseError('invalid', 'a recording is of one collection', {
      field: 'config.collections', reason: 'SEVERAL_COLLECTIONS', cure: 'set collection, or record each in a stream of its own',
    });
  }
  const { detector, embedder, contract } = await fingerprint(modelsDir);
  const contents = await gallery.contents(collection);
  await gallery.note({ call: 'Record', collection, identities: [] });
  const settings = { probe: { ...probe, wantCrops: false, wantAttention: false, wantEvidence: false }, minVisibility: rooms.minVisibility, fpir: rooms.fpir, ...(tracking && { tracking }), ...(visits && { visits: { ...visits.options, alike: rooms.vision.threshold(1) } }) };
  const header: Header = { glimpse: 'recording', version: VERSION, networks: { detector, embedder, contract }, gallery: { collection, contents }, settings };
  return Buffer.from(toText({ header }));
}
