import { number } from '../support/options.js';
import type { Plan } from './compare.js';

/** The options that both benchmarks of runtimes take. */
export const OPTIONS = {
  json: { type: 'boolean', default: false },
  batches: { type: 'string', default: '1,4,16,64' },
  seconds: { type: 'string', default: '5' },
  photographs: { type: 'string', default: '6' },
  'detector-size': { type: 'string', default: '640' },
  'max-faces': { type: 'string', default: '100' },
  'peak-tflops': { type: 'string', default: '0' },
} as const;

export const USAGE = `  --batches LIST       faces a pass of the embedder (1,4,16,64)
  --seconds N          how long each batch size is measured (5)
  --photographs N      photographs on which parity is shown, 1 to 6 (6)
  --detector-size N    longer side, in pixels, at which faces are looked for (640)
  --max-faces N        most faces of a photograph that are embedded (100)
  --peak-tflops N      the device's peak in TFLOP/s of 32-bit floats, to tell the share of it that is reached
  --json               end with one line of JSON`;

/** What became of the options above. */
export function planOf(values: { readonly [Name in Exclude<keyof typeof OPTIONS, 'json'>]: string }): Plan {
  const value = (flag: keyof typeof values, least: number): number => number(`--${flag}`, values[flag], least);
  return {
    batches: values.batches.split(',').map((text) => number('--batches', text, 1)),
    seconds: value('seconds', 0),
    photographs: value('photographs', 1),
    detectorSize: value('detector-size', 32),
    maxFaces: value('max-faces', 1),
    peakTflops: value('peak-tflops', 0),
  };
}
