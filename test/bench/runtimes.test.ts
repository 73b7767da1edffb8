import assert from 'node:assert/strict';
import { compare, report } from '../../bench/runtimes/compare.js';

describe('the comparison of runtimes', function () {
  this.timeout(120_000);

  it('holds each one against the first: what it sees, how fast it is', async () => {
    const plan = { batches: [1, 2], seconds: 0, photographs: 1, detectorSize: 320, maxFaces: 1, peakTflops: 1 };
    const compared = await compare(['onnx-cpu', 'tfjs-wasm'], plan);
    assert.deepEqual(compared.map(({ runtime }) => runtime), ['onnx-cpu', 'tfjs-wasm']);
    for (const { speeds, ofPeak = 0, parity } of compared) {
      assert.equal(speeds.length, 2);
      for (const { facesPerSecond, cpuMsAFace } of speeds) assert.ok(facesPerSecond.median > 0 && cpuMsAFace > 0);
      assert.ok(ofPeak > 0 && ofPeak < 1, `${ofPeak} of one TFLOP/s`);
      assert.ok(parity.sameFaces && parity.faces === 1 && parity.cosineDistance < 1e-4 && parity.pixels < 0.5);
    }
    const text = report(compared, plan.batches);
    for (const { runtime } of compared) assert.equal(text.split(`| ${runtime}`).length, 4, text);
  });
});
