import assert from 'node:assert/strict';
import { resume } from './resume.js';

const FACES = 3_000;

describe('gallery: an import that is killed', () => {
  it('goes on where it was when it is run again, and brings everybody once', async function () {
    this.timeout(120_000);
    const { faces, kept, people } = await resume(FACES);
    assert.ok(faces >= FACES && kept > 0 && kept < people);
  });
});
