import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { pino } from 'pino';
import { Sightings, SUM_UP_MILLISECONDS } from '../../src/server/sightings.js';
import { FakeGallery } from '../support/fake-gallery.js';

describe('the sightings of a stream', () => {
  let gallery: FakeGallery;
  let sightings: Sightings;
  beforeEach(() => {
    mock.timers.enable({ apis: ['setInterval'] });
    gallery = new FakeGallery();
    sightings = new Sightings(gallery, 'default', pino({ level: 'silent' }));
  });
  afterEach(() => { mock.timers.reset(); });

  const told = (): unknown[] => gallery.notes.map(({ identities, times }) => [identities.join(), times]);
  const minute = async (): Promise<void> => {
    mock.timers.tick(SUM_UP_MILLISECONDS);
    await new Promise(setImmediate);
  };

  it('are told at once, then summed up each minute', async () => {
    for (let frame = 0; frame < 500; frame++) await sightings.named(['ada']);
    assert.deepEqual(told(), [['ada', 1]]);
    await minute();
    assert.deepEqual(told(), [['ada', 1], ['ada', 499]]);
    await sightings.named(['ada', 'ada']);
    await minute();
    await minute();
    assert.deepEqual(told().slice(2), [['ada', 1]]);
  });

  it('are told at once again after a minute without', async () => {
    await sightings.named(['ada']);
    await minute();
    await sightings.named(['ada']);
    assert.deepEqual(told(), [['ada', 1], ['ada', 1]]);
  });

  it('count every answer, whatever the timing', async () => {
    for (let minutes = 0; minutes < 5; minutes++) {
      for (let frame = 0; frame < minutes; frame++) await sightings.named(['ada', 'bob']);
      await minute();
    }
    await sightings.named(['ada']);
    await sightings.close();
    const count = (id: string): number => gallery.notes.reduce((sum, { identities, times = 1 }) => sum + (identities.includes(id) ? times : 0), 0);
    assert.deepEqual([count('ada'), count('bob')], [11, 10]);
  });
});
