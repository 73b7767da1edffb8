/** Trial: what our vision sees in the photographs, asked in the way that the peer is. */
import { MODELS_DIR } from '../../src/paths.js';
import { SETTINGS } from '../../src/config.js';
import { openNetworks } from '../../src/pipeline/networks.js';
import { openOnnx } from '../../src/runtime/onnx.js';
import { Analyser } from '../../src/vision/analyse.js';
import { serveTrial } from '../support/trial.js';
import { rate, type Rates } from './sights.js';

serveTrial(async ({ modelsDir = MODELS_DIR }: { readonly modelsDir?: string }): Promise<Rates> => {
  const parts = await openNetworks(modelsDir, (_, path, contract) => openOnnx(path, contract));
  const limit = parts.embedder.settings.thresholds.whole['1e-5'] ?? NaN;
  const analyser = new Analyser(parts, { detector: { size: SETTINGS.detectorSize.fallback }, maxPixels: SETTINGS.maxPixels.fallback });
  const options = { minFaceSize: SETTINGS.minFaceSize.fallback, maxFaces: SETTINGS.maxFaces.fallback, select: 'ALL', wantCrops: false, wantAttention: false } as const;
  return rate(
    async (encoded) => (await analyser.analyse({ encoded }, options)).faces.map(({ box, embedding }) => ({ box, descriptor: [...embedding] })),
    (a, b) => {
      const cosine = a.reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);
      return { closeness: cosine, named: cosine >= limit };
    },
  );
});
