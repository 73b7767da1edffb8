import assert from 'node:assert/strict';
import { survive } from './kills.js';

const KILLS = 50;

describe('gallery: kill -9', () => {
  it(`loses nothing acknowledged and leaves nothing half-written, over ${KILLS} kills in an enrolment storm`, async function () {
    this.timeout(600_000);
    const { lostAcks, ghosts, missed, acknowledged, warnings } = await survive(KILLS, 10);
    assert.deepEqual({ lostAcks, ghosts, missed }, { lostAcks: 0, ghosts: 0, missed: 0 });
    assert.deepEqual(warnings.filter((message) => !message.startsWith('the saved search graph')), []);
    assert.ok(acknowledged > KILLS, `only ${acknowledged} enrolments were acknowledged in all`);
  });
});
