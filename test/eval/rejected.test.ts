import assert from 'node:assert/strict';
import { afterRejection } from '../../bench/eval/rejected.js';

/** A unit vector at this angle, in degrees. */
const at = (degrees: number): Float32Array => Float32Array.from([Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]);

describe('counting rejections', () => {
  /** The person at 0°, enrolled, and two more of the person; a stranger who comes as near as 40°, and one who never does. */
  const people = [[at(0), at(10), at(-35)], [at(80), at(40), at(44)], [at(170), at(160)]];
  const threshold = Math.cos((45 * Math.PI) / 180);

  it('counts a stranger’s other faces before and after, and the person’s own', () => {
    // The stranger at 80° is near to 40° and 44° too, but is the one who is taken for another only through the person at 0°.
    const { rejections, stranger, own } = afterRejection(people, threshold, 0.05);
    assert.deepEqual([rejections, stranger], [1, { before: 1, after: 0 }]);
    assert.deepEqual(own, { before: 2, after: 2 });
  });

  it('lets fewer of the person’s own through where the margin is wide', () => {
    const { own } = afterRejection(people, threshold, 0.2);
    assert.deepEqual(own, { before: 2, after: 1 }); // at 10°: 0.985 against 0.866
  });

  it('finds nothing to reject where nobody is taken for another', () => {
    assert.equal(afterRejection(people, 0.99, 0.05).rejections, 0);
  });
});
