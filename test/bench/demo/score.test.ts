import assert from 'node:assert/strict';
import type { FilmedFace, FilmedFrame, Occlusion } from '../../../bench/demo/film.js';
import { scoreFrame } from '../../../bench/demo/score.js';
import { elsewhere, tally, total } from '../../../bench/demo/tally.js';
import type { Face } from '../../../src/client/index.js';
import type { Box } from '../../../src/types.js';

const at = (x: number): Box => ({ x, y: 0, width: 100, height: 100 });
const ENROLLED = new Map([['id-1', 1], ['id-2', 2]]);

const truth = (person: number | undefined, x: number, occlusion: Occlusion = 'none', whole = true): FilmedFace => ({ person, occlusion, box: at(x), whole, elsewhere: false });
const frame = (...faces: FilmedFace[]): FilmedFrame => ({ jpeg: Buffer.alloc(0), faces });

/** What the service says of the face at `x`: KNOWN with an id, else UNKNOWN. */
function said(x: number, id?: string): Face {
  return {
    box: at(x),
    landmarks: [],
    detectionScore: 1,
    quality: null,
    importance: [],
    matches: [{ identityId: id ?? 'id-1', externalId: '', name: '', similarity: 0.5, faceId: '', collection: '', threshold: 0.4 }],
    decision: { kind: id === undefined ? 'UNKNOWN' : 'KNOWN', reason: '', threshold: 0.4, searched: 1 },
    crop: Buffer.alloc(0),
    attention: null, evidence: null, trackId: 0, trackState: 'TRACK_STATE_UNSPECIFIED', trackAgeMs: 0,
  };
}

describe('the score of a frame', () => {
  const verdicts = (shown: FilmedFrame, faces: Face[]): string[] => scoreFrame(shown, faces, ENROLLED).map(({ verdict }) => verdict);

  it('knows right from wrong for enrolled people', () => {
    assert.deepEqual(verdicts(frame(truth(1, 0), truth(2, 200), truth(1, 400), truth(2, 600)), [said(10, 'id-1'), said(210, 'id-1'), said(400)]), ['right', 'wrong', 'missed', 'unseen']);
  });

  it('calls every name for a stranger wrong, also for a person who could not be enrolled', () => {
    assert.deepEqual(verdicts(frame(truth(undefined, 0), truth(undefined, 200), truth(7, 400)), [said(0), said(200, 'id-2'), said(400, 'id-2')]), ['kept', 'wrong', 'wrong']);
  });

  it('calls a name wrong that is given to no face at all, or belongs to nobody whom the demo enrolled', () => {
    assert.deepEqual(verdicts(frame(truth(1, 0)), [said(0, 'id-9'), said(500, 'id-1')]), ['wrong', 'wrong']);
    assert.deepEqual(verdicts(frame(), [said(500)]), []);
  });

  it('gives each detection to one face, the nearest', () => {
    assert.deepEqual(verdicts(frame(truth(1, 0), truth(2, 40)), [said(35, 'id-2'), said(5, 'id-1')]), ['right', 'right']);
    assert.deepEqual(verdicts(frame(truth(1, 0), truth(2, 40)), [said(35, 'id-2')]), ['unseen', 'right']);
  });
});

describe('the tally', () => {
  const people = new Set(ENROLLED.values());

  it('counts by occlusion, undetected faces of enrolled people included, undetected strangers not', () => {
    const shown = frame(truth(1, 0, 'mask'), truth(2, 200, 'mask'), truth(undefined, 400, 'mask'), truth(undefined, 600, 'mask'), truth(1, 800));
    const counts = tally(scoreFrame(shown, [said(0, 'id-1'), said(400), said(800)], ENROLLED), people);
    assert.deepEqual(counts.mask, { faces: 2, detected: 1, identified: 1, wrong: 0, strangersTotal: 1, strangersKept: 1 });
    assert.deepEqual(counts.none, { faces: 1, detected: 1, identified: 0, wrong: 0, strangersTotal: 0, strangersKept: 0 });
    assert.equal(total([counts.mask, counts.none]).faces, 3);
  });

  it('counts apart who is filmed in another photograph', () => {
    const shown = frame({ ...truth(1, 0), elsewhere: true }, { ...truth(2, 200, 'bar'), elsewhere: true }, truth(1, 400));
    const counts = elsewhere(scoreFrame(shown, [said(0, 'id-1'), said(200), said(400, 'id-1')], ENROLLED), people);
    assert.deepEqual([counts.faces, counts.identified], [2, 1]);
  });

  it('counts a wrong name though the face is cut by the edge of the frame, or is none', () => {
    const shown = frame(truth(1, 0, 'hand', false), truth(2, 200, 'hand', false));
    const counts = tally(scoreFrame(shown, [said(0, 'id-2'), said(200, 'id-2'), said(900, 'id-1')], ENROLLED), people);
    assert.deepEqual(counts.hand, { faces: 0, detected: 0, identified: 0, wrong: 1, strangersTotal: 0, strangersKept: 0 });
    assert.equal(counts.none.wrong, 1);
  });
});
