import type { Connection } from '../database.js';
import { textNeedle, vectorNeedle, type Needle } from '../erasure/needle.js';
import { visitFinder } from './events.js';
import type { IdentityRow } from './identities.js';

/** The last characters of the id join the row's texts; so few that an audit row, which holds the id, is not taken for it. */
const ID_TAIL = 8;

/** All that says something of a person, as its bytes lie in the files. To be called before it is deleted. */
export function needleCollector(db: Connection): (row: IdentityRow) => Needle[] {
  const foldedName = db.prepare<[number], string>('SELECT folded_name FROM identity WHERE number = ?').pluck();
  const faces = db.prepare<[number], { caption: string; vector: Buffer }>(
    `SELECT f.caption, f.vector FROM identity i JOIN face f ON f.collection = i.collection AND f.identity = i.number
     WHERE i.number = ?`);
  const rejected = db.prepare<[number], Buffer>('SELECT vector FROM rejection WHERE identity = ?').pluck();
  const visitsOf = visitFinder(db);
  return ({ number, id, name, external_id: externalId, metadata, consent_reference: reference }) => {
    const folded = foldedName.get(number) ?? '';
    const rows = faces.all(number);
    const texts = [
      // SQLite writes the texts of a row one behind the other.
      textNeedle('row', `${id.slice(-ID_TAIL)}${name}${folded}${externalId ?? ''}`),
      textNeedle('name', name),
      textNeedle('folded name', folded),
      textNeedle('external id', externalId ?? ''),
      textNeedle('consent reference', reference ?? ''),
      ...rows.map(({ caption }) => textNeedle('label', caption)),
      ...visitsOf(number).map((visit) => textNeedle('visit', visit)),
      ...Object.values(JSON.parse(metadata) as Record<string, string>).map((value) => textNeedle('metadata', value)),
    ].filter(({ bytes }) => bytes.length > 0);
    const vectors = [...rows.map(({ vector }) => vector), ...rejected.all(number)];
    return [...vectors.map((vector) => vectorNeedle(Uint8Array.from(vector))), ...unlike(texts)];
  };
}

/** Equal texts once, under their first kind. */
function unlike(texts: readonly Needle[]): Needle[] {
  const seen = new Map(texts.toReversed().map((needle) => [Buffer.from(needle.bytes).toString(), needle]));
  return [...seen.values()].reverse();
}

/** Whether what is looked for is part of what the gallery still holds of others, so that finding it proves nothing. */
export function holderFinder(db: Connection): (needle: Needle) => boolean {
  const texts: Readonly<Record<string, readonly string[]>> = {
    identity: ['name', 'folded_name', 'external_id', 'metadata', 'legal_basis', 'purpose', 'consent_reference'],
    identity_tag: ['tag'],
    face: ['caption'],
    enroll_request: ['outcome'],
    event: ['visit', 'camera', 'details'],
    collection: ['name'],
    token: ['name'],
    audit: ['actor'],
  };
  const somewhere = Object.entries(texts).flatMap(([table, columns]) =>
    columns.map((column) => `EXISTS (SELECT 1 FROM ${table} WHERE instr(${column}, @text) > 0)`));
  const text = db.prepare<[{ text: string }], number>(`SELECT ${somewhere.join(' OR ')}`).pluck();
  const vector = db.prepare<[{ vector: Buffer }], number>(
    'SELECT EXISTS (SELECT 1 FROM face WHERE vector = @vector) OR EXISTS (SELECT 1 FROM rejection WHERE vector = @vector)').pluck();
  return ({ kind, bytes }) => (kind === 'vector' ? vector.get({ vector: Buffer.from(bytes) }) : text.get({ text: Buffer.from(bytes).toString() })) === 1;
}
