import { connect, type IdentityRecord } from '../../src/client/index.js';
import { groupPhotographs } from './pictures.js';

const DIMENSIONS = 256;

/**
 * Fills the gallery: the largest face of each photograph through Enroll, and `strangers` random directions through Import, so that a search
 * has something to search in. Returns how many identities there are.
 */
export async function enrolPeople(address: string, strangers: number): Promise<number> {
  const client = connect({ address });
  try {
    for (const { name, bytes } of groupPhotographs()) {
      await client.enroll({ name, images: [{ image: { encoded: bytes } }], which: { rule: 'LARGEST' }, allowLookalike: true });
    }
    const { network } = await client.stats();
    for await (const { outcome, message } of client.import({}, records(strangers, network))) {
      if (outcome !== 'IMPORTED') throw new Error(`a record was ${outcome}: ${message}`);
    }
    return (await client.stats()).identities;
  } finally {
    client.close();
  }
}

function* records(count: number, network: string): Generator<IdentityRecord> {
  for (let i = 1; i <= count; i++) yield { name: `Stranger ${i}`, network, faces: [{ embedding: direction() }] };
}

/** A random unit vector as little-endian float32. */
function direction(): Buffer {
  const values = Array.from({ length: DIMENSIONS }, () => Math.random() + Math.random() - 1);
  const length = Math.hypot(...values);
  const bytes = Buffer.alloc(DIMENSIONS * 4);
  values.forEach((value, i) => bytes.writeFloatLE(value / length, i * 4));
  return bytes;
}
