import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MODELS_DIR, ROOT } from '../../src/paths.js';
import { readDetectorContract, readEmbedderContract } from '../../src/runtime/contract.js';
import type { NetworkFile } from '../../src/runtime/file.js';
import type { Network } from '../../src/runtime/network.js';
import { openOnnx } from '../../src/runtime/onnx.js';
import { openTfjs } from '../../src/runtime/tfjs/network.js';
import type { AnalysedFace, Box } from '../../src/types.js';
import { Analyser } from '../../src/vision/analyse.js';

/** Largest 1 − cosine between two runtimes' embeddings of a face, and largest distance of a box's edges in pixels of the picture. */
const LIMITS = { cosine: 1e-4, pixels: 0.5 };

const PHOTOGRAPHS = join(ROOT, 'node_modules', '@vladmandic', 'face-api', 'demo');
const EVERYTHING = { minFaceSize: 20, select: 'ALL', wantCrops: false, wantAttention: true } as const;

type Open = (path: string, contract: NetworkFile) => Promise<Network>;

/** What a runtime sees in a photograph, looked at with `size` pixels. */
async function seen(open: Open, photograph: string, size: number, maxFaces: number): Promise<readonly AnalysedFace[]> {
  const [detectorPath, embedderPath] = [join(MODELS_DIR, 'detector.json'), join(MODELS_DIR, 'embedder.json')];
  const [detector, embedder] = [await readDetectorContract(detectorPath), await readEmbedderContract(embedderPath)];
  const networks = [await open(detectorPath, detector), await open(embedderPath, embedder)] as const;
  const parts = { detector: { network: networks[0], settings: detector }, embedder: { network: networks[1], settings: embedder } };
  const analyser = new Analyser(parts, { detector: { size }, maxPixels: 50_000_000 });
  const encoded = await readFile(join(PHOTOGRAPHS, photograph));
  const { faces } = await analyser.analyse({ encoded }, { ...EVERYTHING, maxFaces });
  for (const network of networks) await network.close();
  return faces;
}

const edges = ({ x, y, width, height }: Box): number[] => [x, y, x + width, y + height];
const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0) / (Math.hypot(...a) * Math.hypot(...b));
const furthest = (a: Iterable<number>, b: ArrayLike<number>): number => Math.max(...[...a].map((value, i) => Math.abs(value - (b[i] ?? NaN))));

describe('every runtime sees the same faces as ONNX Runtime on the CPU', function () {
  this.timeout(180_000);

  // Plain JavaScript takes seconds a face: few of them, and a small picture.
  for (const [backend, photographs, size, maxFaces] of [
    ['tfjs-wasm', ['sample1.jpg', 'sample5.jpg', 'sample6.jpg'], 640, 8],
    ['tfjs-cpu', ['sample6.jpg'], 160, 1],
  ] as const) {
    for (const photograph of photographs) {
      it(`${backend}, ${photograph}`, async () => {
        const wanted = await seen(openOnnx, photograph, size, maxFaces);
        const found = await seen((path, contract) => openTfjs(path, contract, backend), photograph, size, maxFaces);
        assert.ok(wanted.length >= Math.min(2, maxFaces), `${wanted.length} faces`);
        assert.equal(found.length, wanted.length);
        wanted.forEach((face, i) => {
          const other = found[i] ?? assert.fail();
          assert.ok(furthest(edges(face.box), edges(other.box)) <= LIMITS.pixels);
          assert.ok(furthest(face.landmarks.flatMap(({ x, y }) => [x, y]), other.landmarks.flatMap(({ x, y }) => [x, y])) <= LIMITS.pixels);
          assert.ok(1 - cosine(face.embedding, other.embedding) <= LIMITS.cosine);
          assert.ok(furthest(face.importance, other.importance) <= 1e-3);
          assert.ok(furthest(face.attention?.values ?? [], other.attention?.values ?? []) <= 1);
        });
      });
    }
  }
});
