import type { Connection } from '../database.js';
import type { Enrolled, Enrolment, NewFace } from '../port.js';
import { unpack } from '../vectors.js';
import { refuseExpired } from './consent.js';
import { toucher } from './faces.js';
import type { IdentityReader } from './identities.js';
import type { FaceFields, Inserter } from './insert.js';
import type { CollectionRow } from './limits.js';
import type { AnsweredRequests } from './requests.js';
import { unchanged, type Change } from './change.js';

/** An enrolment as it crosses to the writing thread: all embeddings in one buffer, in the order of the faces. */
export interface PackedEnrolment extends Omit<Enrolment, 'faces'> {
  readonly faces: readonly Omit<NewFace, 'embedding'>[];
  readonly vectors: Float32Array;
}

export function enroller(db: Connection, insert: Inserter, identities: IdentityReader, requests: AnsweredRequests) {
  const touch = toucher(db);
  const forget = db.prepare<[number]>('DELETE FROM enroll_request WHERE created_at <= ?');
  const remember = db.prepare<[number, string, string, string, number, number, number]>(
    'INSERT INTO enroll_request (collection, id, digest, outcome, created, identity, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)');

  const owner = (collection: CollectionRow, { collection: name, identity }: PackedEnrolment, now: number): number => {
    if (!('existing' in identity)) return insert.identity(collection, identity, [now, now]);
    const row = identities.row(name, { id: identity.existing });
    refuseExpired(row, 'identity_id');
    touch(row.number);
    return row.number;
  };

  return (enrolment: PackedEnrolment): Change<Enrolled> => {
    const { collection: name, request, identity } = enrolment;
    const answered = request === undefined ? undefined : requests.find(name, request);
    if (answered !== undefined) return unchanged(answered);
    const now = Date.now();
    const collection = insert.collection(name);
    const number = owner(collection, enrolment, now);
    const labels = enrolment.faces.map((face, place) => insert.face(collection, number, withVector(face, enrolment.vectors, place, now)));
    const created = !('existing' in identity);
    if (request !== undefined) {
      forget.run(requests.oldest());
      remember.run(collection.number, request.id, request.digest, request.outcome, created ? 1 : 0, number, now);
    }
    const enrolled = { identity: identities.numbered(number), created };
    return { value: enrolled, collection: name, labels, erased: false, deed: { call: 'Enroll', identities: [enrolled.identity.id] } };
  };
}

function withVector(face: Omit<NewFace, 'embedding'>, vectors: Float32Array, place: number, createdAt: number): FaceFields {
  return { ...face, vector: unpack(vectors, place), createdAt };
}
