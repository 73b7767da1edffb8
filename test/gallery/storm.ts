/**
 * A process that enrols as fast as it can until it is killed. Waits for a line on stdin, then prints `open`, then the id of every
 * identity whose enrolment was acknowledged. The faces follow from the id, so that whoever reads it can check them.
 */
import { writeSync } from 'node:fs';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { openGallery } from '../../src/gallery/open.js';
import type { NewFace } from '../../src/gallery/port.js';
import { direction, face, linkedBeyond, NETWORK, person, seeded } from './support.js';

const AT_ONCE = 4;
/** Milliseconds between an acknowledgement and the next enrolment, so that the gallery stays small enough to check whole. */
const PAUSE = 3;
/** So small that the killed galleries have a graph too. */
export const EXACT_UP_TO = 150;

const made = new Map<string, readonly NewFace[]>();

/** One to three faces, from an id `<run>-<number>`. */
export function facesOf(id: string): readonly NewFace[] {
  const known = made.get(id);
  if (known !== undefined) return known;
  const [run = 0, number = 0] = id.split('-').map(Number);
  const random = seeded(run * 100_003 + number);
  const faces = Array.from({ length: 1 + (number % 3) }, (_, i) => face(direction(random), `${id}/${i}`));
  made.set(id, faces);
  return faces;
}

async function storm(dir: string, run: string): Promise<void> {
  await once(process.stdin, 'data');
  const gallery = await openGallery({ dir, network: NETWORK, requestMemorySeconds: 86_400, tiers: linkedBeyond(EXACT_UP_TO) });
  writeSync(1, 'open\n');
  let number = 0;
  const enrol = async (): Promise<void> => {
    for (;;) {
      const id = `${run}-${number++}`;
      const request = { id: `request ${id}`, digest: id, outcome: 'kept' };
      await gallery.enroll({ ...person(facesOf(id), { id, externalId: `e ${id}`, tags: ['storm'] }), request });
      writeSync(1, `${id}\n`);
      await sleep(PAUSE);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, enrol));
}

const [, script, dir, run] = process.argv;
if (script?.endsWith('storm.js') === true && dir !== undefined && run !== undefined) await storm(dir, run);
