import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../src/paths.js';

export interface Picture {
  readonly name: string;
  /** The JPEG file as it is. */
  readonly bytes: Buffer;
}

const FOLDER = join(ROOT, 'node_modules', '@vladmandic', 'face-api', 'demo');

/** Six photographs of groups that a dev dependency ships; part of no release of ours. */
export function groupPhotographs(): Picture[] {
  return [1, 2, 3, 4, 5, 6].map((number) => {
    const name = `sample${number}.jpg`;
    return { name, bytes: readFileSync(join(FOLDER, name)) };
  });
}
