import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Consent, EnrollImage, EnrollRequest, FaceSelector, GlimpseClient, Identity, ImageOutcome } from '../client/index.js';
import type { Person } from './people.js';

/** The API takes at most 16 pictures a call; the bytes keep well below the server's usual 16 MiB. */
const MOST_PICTURES = 16;
const MOST_BYTES = 12 * 2 ** 20;

export interface EnrolHow {
  readonly collection: string;
  readonly which: FaceSelector;
  readonly allowLookalike: boolean;
  /** Of those who are new. */
  readonly consent: Consent | undefined;
  /** Called after each picture is answered. */
  readonly step: () => void;
}

export interface PictureOutcome {
  readonly file: string;
  readonly kept?: { readonly faceId: string; readonly quality: number };
  readonly rejected?: { readonly reason: string; readonly message: string; readonly measured: number; readonly limit: number; readonly looksLike?: string };
}

export interface PersonOutcome {
  readonly name: string;
  /** Empty when no picture was kept and nobody was enrolled. */
  readonly id: string;
  readonly created: boolean;
  readonly pictures: readonly PictureOutcome[];
}

/** Enrols one person, in as many calls as the pictures need. Throws CallError when the person as such is refused. */
export async function enrolPerson(client: GlimpseClient, person: Person, how: EnrolHow): Promise<PersonOutcome> {
  const pictures: PictureOutcome[] = [];
  let known: Identity | undefined;
  let created = false;
  for await (const batch of batches(person.pictures, pictures)) {
    const answer = await client.enroll({ ...target(person, known, how), collection: how.collection, which: how.which, allowLookalike: how.allowLookalike, images: batch.map(toImage) });
    known = answer.identity ?? known;
    created ||= answer.created;
    answer.images.forEach((outcome, i) => pictures.push(pictureOutcome(batch[i]?.file ?? '', outcome)));
    batch.forEach(how.step);
  }
  return { name: known?.name ?? person.name, id: known?.id ?? person.identityId, created, pictures };
}

function target(person: Person, known: Identity | undefined, { consent }: EnrolHow): EnrollRequest {
  const identityId = known?.id ?? person.identityId;
  if (identityId !== '') return { identityId };
  const { name, externalId, tags, metadata } = person;
  return { name, externalId, tags: [...tags], metadata, ...(consent && { consent }) };
}

interface Loaded {
  readonly file: string;
  readonly encoded: Buffer;
}

/** The label is the file's name without its folders, which are this machine's business. */
const toImage = ({ file, encoded }: Loaded): EnrollImage => ({ image: { encoded }, label: basename(file) });

/** Reads the files as they are needed; one that cannot be read goes to `failed` and does not stop the others. */
async function* batches(files: readonly string[], failed: PictureOutcome[]): AsyncGenerator<Loaded[]> {
  let batch: Loaded[] = [];
  let bytes = 0;
  for (const file of files) {
    const encoded = await readFile(file).catch((error: unknown) => {
      failed.push({ file, rejected: { reason: 'UNREADABLE', message: (error as Error).message, measured: 0, limit: 0 } });
    });
    if (encoded === undefined) continue;
    if (batch.length === MOST_PICTURES || (batch.length > 0 && bytes + encoded.length > MOST_BYTES)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push({ file, encoded });
    bytes += encoded.length;
  }
  if (batch.length > 0) yield batch;
}

function pictureOutcome(file: string, { kept, rejected }: ImageOutcome): PictureOutcome {
  if (kept) return { file, kept: { faceId: kept.faceId, quality: kept.quality?.score ?? 0 } };
  const { reason = 'REASON_UNSPECIFIED', message = '', measured = 0, limit = 0, looksLike } = rejected ?? {};
  return { file, rejected: { reason, message, measured, limit, ...(looksLike && { looksLike: looksLike.name }) } };
}
