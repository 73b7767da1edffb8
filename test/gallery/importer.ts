/**
 * A process that imports people until it has them all: importer.js DIR FACES. Prints how many faces are in after every twenty people, then what it did as
 * JSON. The people follow from their numbers, so that whoever reads it can check them. Run again after a kill it goes on where it was.
 */
import { writeSync } from 'node:fs';
import { openGallery } from '../../src/gallery/open.js';
import type { IdentityRecord } from '../../src/gallery/port.js';
import { direction, face, NETWORK, seeded } from './support.js';

const AT_ONCE = 128;
const MOST_FACES = 19;
const TELL_EVERY = 20;

export interface Done {
  readonly imported: number;
  readonly skipped: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** One to nineteen faces. */
export function recordOf(number: number): IdentityRecord {
  const random = seeded(number + 1);
  const createdAt = new Date(1_700_000_000_000 + number);
  const centre = direction(random);
  const faces = Array.from({ length: 1 + (number % MOST_FACES) }, (_, i) => ({ ...face(direction(random, centre), `${number}/${i}`), createdAt }));
  return { id: `person ${number}`, name: `Name ${number}`, externalId: `e${number}`, metadata: {}, tags: ['imported'], createdAt, faces };
}

/** How many people have so many faces. */
export function peopleWith(faces: number): number {
  let people = 0;
  for (let left = faces; left > 0; people++) left -= 1 + (people % MOST_FACES);
  return people;
}

async function importAll(dir: string, people: number): Promise<void> {
  const gallery = await openGallery({ dir, network: NETWORK, requestMemorySeconds: 60 });
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  let [next, faces, imported, skipped] = [0, 0, 0, 0];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (next < people) {
      const record = recordOf(next++);
      const { outcome } = await gallery.import('default', record, 'SKIP');
      faces += record.faces.length;
      if (outcome === 'SKIPPED') skipped++;
      else imported++;
      if ((imported + skipped) % TELL_EVERY === 0) writeSync(1, `${faces}\n`);
    }
  }));
  while (((await gallery.stats('default')).waiting ?? 0) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  const { user, system } = process.cpuUsage(cpu);
  const done: Done = { imported, skipped, seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
  await gallery.close();
  writeSync(1, `${JSON.stringify(done)}\n`);
}

const [, script, dir, people] = process.argv;
if (script?.endsWith('importer.js') === true && dir !== undefined) await importAll(dir, Number(people));
