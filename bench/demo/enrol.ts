import type { GlimpseClient } from '../../src/client/index.js';
import { groupPhotographs } from '../support/pictures.js';
import { faceBox, faceFrame } from './geometry.js';
import { enrolments } from './truth.js';

export interface Enrolled {
  /** Identity id → person of the truth. */
  readonly people: ReadonlyMap<string, number>;
  /** Who could not be enrolled, and why. They count as strangers. */
  readonly refused: readonly string[];
}

/** Each person from one face of one photograph, as it is: no occluder, no camera in between. */
export async function enrolEverybody(client: GlimpseClient): Promise<Enrolled> {
  const photographs = groupPhotographs();
  const people = new Map<string, number>();
  const refused: string[] = [];
  for (const [person, { photograph, points }] of enrolments()) {
    const picture = photographs[photograph - 1];
    if (picture === undefined) throw new Error(`there is no photograph ${photograph}`);
    const image = { image: { encoded: picture.bytes }, which: { box: faceBox(faceFrame(points)) }, label: picture.name };
    const { identity, images } = await client.enroll({ name: `Person ${person}`, images: [image] });
    if (identity !== null) people.set(identity.id, person);
    else refused.push(`Person ${person} (${picture.name}): ${images[0]?.rejected?.message ?? 'no reason given'}`);
  }
  return { people, refused };
}
