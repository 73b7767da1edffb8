import assert from 'node:assert/strict';
import * as overload from '../../bench/overload/report.js';
import { SCENARIOS } from '../../bench/overload/scenarios.js';
import type { Reading } from '../../bench/overload/trial.js';
import { busy } from '../../bench/throughput/pass-share.js';
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
  window: { from: 0, to: 8_000_000 },
  threads: { main: 4, vision: 70, decoders: 3, others: 3 },
});

describe('throughput report', () => {
  // The machine is twice as slow in the second round: the ratios are not.
  const results = {
    bare: [bare(100), bare(50), bare(100)],
    prepared: [bare(120), bare(60), bare(120)],
    one: [service(80), service(40), service(70)],
    four: [service(90), service(45), service(60)],
    single: [service(30), service(15), service(30)],
    passShare: [0.96, 0.98, 0.92],
  };

  it('compares each round with the ceiling of the same round', () => {
    const { bareFacesPerSecond, ratioOneStream, ratioFourStreams, ratioFourStreamsRange } = throughput.figures({ results });
    assert.deepEqual({ bareFacesPerSecond, ratioOneStream, ratioFourStreams }, { bareFacesPerSecond: 100, ratioOneStream: 0.8, ratioFourStreams: 0.9 });
    assert.deepEqual(ratioFourStreamsRange, [0.6, 0.9]);
  });

  it('says what share of the processor time is spent outside the networks, and what share they by themselves do not explain', () => {
    const { overheadShare, overheadShareRange, overheadShareBeside } = throughput.figures({ results });
    // 70 ms of 80 in the vision threads, of which profiles find 92 to 98 % inside the networks.
    assert.deepEqual({ overheadShare, overheadShareRange, overheadShareBeside }, { overheadShare: 0.16, overheadShareRange: [0.143, 0.195], overheadShareBeside: 0.25 });
  });

  it('reads off a profile what a thread did in the window, waiting aside', () => {
    const frame = (id: number, functionName: string, url = '') => ({ id, callFrame: { functionName, url } });
    const nodes = [frame(1, '(idle)'), frame(2, 'atomicsWaitLoop', 'file:///piscina/dist/worker.js'), frame(3, '', 'file:///onnxruntime-node/dist/backend.js'), frame(4, '(garbage collector)')];
    const thread = { nodes, startTime: 1000, samples: [3, 1, 3, 4, 2, 3, 3], timeDeltas: [10, 10, 50, 5, 100, 20, 30] };
    // From 1010 to 1200: 50 of network, 5 of garbage, 20 of network; the last 30 end too late.
    assert.deepEqual(busy(thread, { from: 1011, to: 1200 }), { networks: 70, all: 75 });
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
