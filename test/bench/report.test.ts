import assert from 'node:assert/strict';
import * as overload from '../../bench/overload/report.js';
import { SCENARIOS } from '../../bench/overload/scenarios.js';
import type { Reading } from '../../bench/overload/trial.js';
import * as throughput from '../../bench/throughput/report.js';

const bare = (facesPerSecond: number) => ({ facesPerSecond, framesPerSecond: facesPerSecond / 4, cpuMs: 60, detectMs: 20, embedMs: 10 });

const service = (facesPerSecond: number) => ({
  frames: 10,
  facesPerSecond,
  framesPerSecond: facesPerSecond / 4,
  p50Ms: 100,
  p95Ms: 200,
  p99Ms: 250,
  quarters: [100, 100] as const,
  steps: { queue: 1, decode: 2, detect: 3, embed: 4, search: 5 },
  ownCpuMs: 1,
  loopP99Ms: 3,
  loopMaxMs: 9,
  cpuMs: 80,
  startMs: 900,
  rssMb: 500,
});

describe('throughput report', () => {
  // The machine is twice as slow in the second round: the ratios are not.
  const results = {
    bare: [bare(100), bare(50), bare(100)],
    prepared: [bare(120), bare(60), bare(120)],
    one: [service(80), service(40), service(70)],
    four: [service(90), service(45), service(60)],
    single: [service(30), service(15), service(30)],
  };

  it('compares each round with the ceiling of the same round', () => {
    const { bareFacesPerSecond, ratioOneStream, ratioFourStreams, ratioFourStreamsRange } = throughput.figures({ results });
    assert.deepEqual({ bareFacesPerSecond, ratioOneStream, ratioFourStreams }, { bareFacesPerSecond: 100, ratioOneStream: 0.8, ratioFourStreams: 0.9 });
    assert.deepEqual(ratioFourStreamsRange, [0.6, 0.9]);
  });

  it('says what share of the processor time the networks by themselves do not explain', () => {
    assert.equal(throughput.figures({ results }).overheadShare, 0.25);
  });

  it('says whether what was wanted was reached', () => {
    assert.match(throughput.report({ results }, 6), /one ALL stream, of bare: 0\.800, wanted at least 0\.75: reached/);
    assert.match(throughput.report({ results: { ...results, four: [service(70), service(35), service(70)] } }, 6), /four ALL streams, of bare: 0\.700, wanted at least 0\.85: MISSED/);
  });

  it('holds the 99th percentile at 80 % load against the median at rest', () => {
    const latency = [{ ...service(72), share: 0.8, offered: 18, p99Ms: 290 }];
    assert.equal(throughput.figures({ results, latency }).p99At80OverMedian, 2.9);
  });
});

describe('overload report', () => {
  const reading = (index: number, deltaMb: number): Reading => {
    const scenario = SCENARIOS[index];
    assert.ok(scenario);
    const bystander = { frames: 9, p50Ms: 80, p95Ms: 90 };
    return { scenario, offered: 100, sent: 90, looked: 50, skipped: 10, peakMb: 300 + deltaMb, deltaMb, loopP99Ms: 4, loopMaxMs: 8, bystander };
  };
  const all = (deltas: readonly number[]): Reading[] => deltas.map((delta, index) => reading(index, delta));

  it('gives the worst of each kind of misbehaviour', () => {
    const { slowReaderMaxDeltaMb, floodMaxDeltaMb, neverReadsMaxDeltaMb, restingMb } = overload.figures({ capacity: 10, restingMb: 300, idleMb: 280 }, all([1, 5, 60, 20, 9, 3]));
    assert.deepEqual([slowReaderMaxDeltaMb, floodMaxDeltaMb, neverReadsMaxDeltaMb, restingMb], [5, 60, 9, 300]);
  });

  it('fails when one of them exceeds the limit', () => {
    assert.equal(overload.withinLimits(all([1, 5, 64, 20, 9, 3])), true);
    assert.equal(overload.withinLimits(all([1, 5, 65, 20, 9, 3])), false);
  });
});
