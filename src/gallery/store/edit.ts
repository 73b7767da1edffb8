import type { Connection } from '../database.js';
import type { Identity, IdentityChanges } from '../port.js';
import { unchanged, type Change } from './change.js';
import { CONSENT_COLUMNS, consentValues, refuseExpired, type ConsentValues } from './consent.js';
import type { Erasure } from './erase.js';
import { eventGiver } from './events.js';
import { mergedWithItself } from './errors.js';
import { rejectionGiver } from './feedback.js';
import { faceFinder, labelFinder, toucher } from './faces.js';
import type { IdentityReader } from './identities.js';
import { fold, type Inserter } from './insert.js';

export interface Update {
  readonly collection: string;
  readonly id: string;
  readonly changes: IdentityChanges;
}

/** What is given replaces what was there; the rest stays. The index has to look at an identity's faces again when its time or its tags change. */
export function updater(db: Connection, insert: Inserter, identities: IdentityReader) {
  const setName = db.prepare<[string, string, number]>('UPDATE identity SET name = ?, folded_name = ? WHERE number = ?');
  const setExternalId = db.prepare<[string | null, number]>('UPDATE identity SET external_id = ? WHERE number = ?');
  const setMetadata = db.prepare<[string, number]>('UPDATE identity SET metadata = ? WHERE number = ?');
  const setConsent = db.prepare<[...ConsentValues, number]>(`UPDATE identity SET (${CONSENT_COLUMNS}) = (?, ?, ?, ?) WHERE number = ?`);
  const labelsOf = labelFinder(db);
  const dropTags = db.prepare<[number]>('DELETE FROM identity_tag WHERE identity = ?');
  const touch = toucher(db);

  const setKey = (identity: number, collection: string, externalId: string): void => {
    setExternalId.run(null, identity); // its own key is not in its way
    insert.refuseTaken(insert.anyCollection(collection).number, externalId);
    if (externalId !== '') setExternalId.run(externalId, identity);
  };

  return ({ collection, id, changes }: Update): Change<Identity> => {
    const { number } = identities.row(collection, { id });
    if (changes.name !== undefined) setName.run(changes.name, fold(changes.name), number);
    if (changes.externalId !== undefined) setKey(number, collection, changes.externalId);
    if (changes.metadata !== undefined) setMetadata.run(JSON.stringify(changes.metadata), number);
    if (changes.tags !== undefined) {
      dropTags.run(number);
      insert.tags(number, changes.tags);
    }
    if (changes.consent !== undefined) setConsent.run(...consentValues(changes.consent), number);
    touch(number);
    const labels = changes.consent === undefined && changes.tags === undefined ? [] : labelsOf(number);
    return { value: identities.numbered(number), collection, labels, erased: false, deed: { call: 'UpdateIdentity', identities: [id] } };
  };
}

export interface Move {
  readonly collection: string;
  readonly id: string;
  /** The identity that gets the face. */
  readonly to: string;
}

/** `id` gives all its faces and events and goes. */
export function merger(db: Connection, identities: IdentityReader, erase: Erasure) {
  const touch = toucher(db);
  const labelsOf = labelFinder(db);
  const give = db.prepare<[number, number]>('UPDATE face SET identity = ? WHERE label = ?');
  const giveEvents = eventGiver(db);
  const giveRejections = rejectionGiver(db);

  return ({ collection, id, to }: Move): Change<Identity> => {
    const [from, target] = [identities.row(collection, { id }), identities.row(collection, { id: to })];
    if (from.number === target.number) throw mergedWithItself(id);
    refuseExpired(from, 'from_id');
    refuseExpired(target, 'to_id');
    const labels = labelsOf(from.number);
    for (const label of labels) give.run(target.number, label);
    giveEvents(from.number, target.number);
    giveRejections(from.number, target.number);
    erase(from.number);
    touch(target.number);
    return { value: identities.numbered(target.number), collection, labels: labelsOf(target.number), erased: true, deed: { call: 'MergeIdentities', identities: [id, to] } };
  };
}

export function faceMover(db: Connection, identities: IdentityReader) {
  const face = faceFinder(db);
  const touch = toucher(db);
  const give = db.prepare<[number, number]>('UPDATE face SET identity = ? WHERE label = ?');

  return ({ collection, id, to }: Move): Change<{ from: Identity; to: Identity }> => {
    const { label, identity: from } = face(collection, id);
    const target = identities.row(collection, { id: to });
    const { number } = target;
    if (number !== from) {
      refuseExpired(target, 'to_identity_id');
      refuseExpired(identities.rowNumbered(from), 'face_id');
      give.run(number, label);
      touch(from);
      touch(number);
    }
    const value = { from: identities.numbered(from), to: identities.numbered(number) };
    if (number === from) return unchanged(value);
    return { value, collection, labels: [label], erased: false, deed: { call: 'MoveFace', identities: [value.from.id, to] } };
  };
}
