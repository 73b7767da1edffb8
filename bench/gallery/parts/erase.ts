import { textNeedle, vectorNeedle } from '../../../src/gallery/erasure/needle.js';
import { bytesLeft, scanFolder } from '../../../src/gallery/erasure/scan.js';
import { toBlob } from '../../../src/gallery/vectors.js';
import { seeded } from '../../../test/gallery/support.js';
import { people, type Crowd } from '../faces.js';
import type { Part } from '../part.js';
import { forEachOf, inFolder, open, recordOf, settled } from '../stand.js';

const ERASED = 20;

/** What is left of people in any file after they were erased; the same scan finds them before. */
export const erase: Part = ({ faces }, note) => inFolder(async (dir) => {
  const crowd = [...people(faces, seeded(5))];
  const gallery = await open(dir);
  try {
    await forEachOf(crowd, (one) => gallery.import('default', recordOf(one), 'SKIP'));
    await settled(gallery);
    let [bytesPlanted, erasedBytesLeft, erasedFiles] = [0, 0, 0];
    for (const [done, one] of crowd.slice(0, ERASED).entries()) {
      const needles = needlesOf(one);
      const before = bytesLeft((await scanFolder(dir, needles)).finds);
      if (before < one.faces.length * 1024) throw new Error(`the scan finds only ${before} bytes of somebody who is there`);
      const receipt = await gallery.erase('default', one.id);
      const after = await scanFolder(dir, needles);
      bytesPlanted += before;
      erasedBytesLeft += receipt.bytesLeft + bytesLeft(after.finds);
      erasedFiles = after.files.length;
      note(`${done + 1} of ${ERASED} erased`);
    }
    return { erasedBytesLeft, erasedPeople: ERASED, bytesPlanted, erasedFiles };
  } finally {
    await gallery.close();
  }
});

const needlesOf = (one: Crowd) => [textNeedle('name', recordOf(one).name), ...one.faces.map((vector) => vectorNeedle(toBlob(vector)))];
